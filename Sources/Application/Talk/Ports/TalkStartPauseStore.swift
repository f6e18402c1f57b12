import FoundationEssentials

/// An operator's request that no talk starts anywhere for now. Live talks go on.
public struct TalkStartPause: Sendable, Equatable, Codable {
  public let reason: String
  public let actor: String
  public let since: Date

  public init(reason: String, actor: String, since: Date) {
    self.reason = reason
    self.actor = actor
    self.since = since
  }
}

/// The store of the request, which all instances read.
public protocol TalkStartPauseStore: Sendable {
  func current() async throws(LiveTalkError) -> TalkStartPause?
  /// - Parameter order: nil removes the request.
  func set(_ request: TalkStartPause?) async throws(LiveTalkError)
}
