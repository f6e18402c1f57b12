import Domain

/// Whose account is deleted or disabled talks no further. The settler does the rest.
public struct EndTalkOfClosedAccount: Sendable {
  private let live: any LiveTalks

  public init(live: any LiveTalks) { self.live = live }

  /// A repeat finds nothing to end.
  public func callAsFunction(_ user: UserID) async throws(LiveTalkError) {
    guard let session = try await live.current(of: user) else { return }
    _ = try await live.hangUp(session, user: user, .accountClosed)
  }
}
