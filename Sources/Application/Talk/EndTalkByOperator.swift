import Domain

/// Ends any user's talk, charged to that moment. A talk that is already over stays unchanged and is not logged.
public struct EndTalkByOperator: Sendable {
  private let live: any LiveTalkStore
  private let history: any TalkHistory
  private let actions: any OperatorTalkActionLog
  private let end: EndTalk

  public init(live: any LiveTalkStore, history: any TalkHistory, actions: any OperatorTalkActionLog, end: EndTalk) {
    self.live = live
    self.history = history
    self.actions = actions
    self.end = end
  }

  public func callAsFunction(
    _ session: SessionID, reason: String, actor: String
  ) async throws(TalkAdministrationError) -> EndedTalk {
    guard let reason = Reason(reason) else { throw .invalidReason }
    let found: LiveTalk?
    do { found = try await live.read(session) } catch { throw .unavailable }
    if let found, found.state != .ended {
      try await note(OperatorTalkAction(.end, actor: actor, subject: session.text, reason: reason))
    }
    guard let owner = try await owner(session, found) else { throw .notFound }
    do throws(EndTalkError) {
      return try await end(session, by: owner, reason: .operator)
    } catch {
      throw error == .notFound ? .notFound : .unavailable
    }
  }

  /// Ends the user's live talk; a user has at most one.
  public func all(
    of user: UserID, reason: String, actor: String
  ) async throws(TalkAdministrationError) -> [(session: SessionID, ended: EndedTalk)] {
    guard let reason = Reason(reason) else { throw .invalidReason }
    let current: SessionID?
    do { current = try await live.current(of: user) } catch { throw .unavailable }
    guard let current else { return [] }
    try await note(OperatorTalkAction(.endAll, actor: actor, subject: user.description, reason: reason))
    do throws(EndTalkError) {
      return [(current, try await end(current, by: user, reason: .operator))]
    } catch {
      // The talk was dropped meanwhile: nothing is left of it.
      if error == .notFound { return [] }
      throw .unavailable
    }
  }

  private func owner(_ session: SessionID, _ found: LiveTalk?) async throws(TalkAdministrationError) -> UserID? {
    if let found { return found.user }
    do { return try await history.record(of: session)?.user } catch { throw .unavailable }
  }

  private func note(_ action: OperatorTalkAction) async throws(TalkAdministrationError) {
    do { try await actions.note(action) } catch { throw .unavailable }
  }
}
