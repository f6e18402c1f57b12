import Application
import FoundationEssentials

public struct DrainResponse: Encodable {
  let draining: Bool
  let reason: String?
  let since: Date?

  public init(_ order: TalkStartPause?) {
    draining = order != nil
    reason = order?.reason
    since = order?.since
  }
}
