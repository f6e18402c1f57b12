import Application
import FoundationEssentials

public struct DrainResponse: Encodable {
  let draining: Bool
  let reason: String?
  let since: Date?

  public init(_ pause: TalkStartPause?) {
    draining = pause != nil
    reason = pause?.reason
    since = pause?.since
  }
}
