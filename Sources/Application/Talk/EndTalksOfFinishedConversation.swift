import Domain

/// Ends the talks whose conversation is over at the provider, so that users stop paying for them. Each is charged to
/// its last beat. Only talks with this conversation are ended; a talk that is already over stays unchanged.
public struct EndTalksOfFinishedConversation: Sendable {
  private let live: any LiveTalkStore
  private let checks: any DurationCheckQueue

  public init(live: any LiveTalkStore, checks: any DurationCheckQueue) {
    self.live = live
    self.checks = checks
  }

  /// - Returns: the talks that are over now; nil if the store of live talks did not respond for one of them.
  public func callAsFunction(_ conversation: String) async throws(TalkLedgerError) -> [SessionID]? {
    var ended: [SessionID] = []
    var isAway = false
    for talk in try await checks.unsettledTalks(of: conversation) {
      do throws(LiveTalkError) {
        if try await live.hangUp(talk.session, user: talk.user, .agentEnded) != nil { ended.append(talk.session) }
      } catch {
        isAway = true
      }
    }
    return isAway ? nil : ended
  }
}
