import FoundationEssentials

/// An operator's word that no talk starts anywhere for now. Those that go on go on.
public struct DrainOrder: Sendable, Equatable, Codable {
  public let reason: String
  public let actor: String
  public let since: Date

  public init(reason: String, actor: String, since: Date) {
    self.reason = reason
    self.actor = actor
    self.since = since
  }
}

/// Where all instances look.
public protocol DrainOrderStore: Sendable {
  func order() async throws(LiveTalkError) -> DrainOrder?
  /// - Parameter order: nil takes it back.
  func set(_ order: DrainOrder?) async throws(LiveTalkError)
}
