import Domain

public enum EndTalkError: StableError {
  case notFound
  case unavailable

  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .unavailable: "talks_unavailable"
    }
  }
}

public enum EndedTalk: Sendable, Equatable {
  case settled(SettledTalk)
  /// The ledger did not respond in time; the settler will settle the talk.
  case provisional(charged: TalkTime, reason: EndReason)
}

/// Ends a talk and settles it before returning, so that the returned balance agrees with what billing reports next.
public struct EndTalk: Sendable {
  private let live: any LiveTalkStore
  private let ledger: any TalkLedger
  private let history: any TalkHistory
  private let settle: SettleTalk
  private let within: Duration

  /// - Parameter within: how long the ledger may take before the result is provisional.
  public init(
    live: any LiveTalkStore, ledger: any TalkLedger, history: any TalkHistory, settle: SettleTalk,
    within: Duration = .seconds(1)
  ) {
    self.live = live
    self.ledger = ledger
    self.history = history
    self.settle = settle
    self.within = within
  }

  public func callAsFunction(
    _ session: SessionID, by user: UserID, reason: EndReason = .user
  ) async throws(EndTalkError) -> EndedTalk {
    let found: LiveTalk?
    do { found = try await live.hangUp(session, user: user, reason) } catch { throw .unavailable }
    guard let talk = found, let endReason = talk.endReason else {
      let past = await TimeLimit(within).run {
        do throws(EndTalkError) { return Result<_, EndTalkError>.success(try await self.past(session, user)) } catch {
          return .failure(error)
        }
      }
      guard let past else { throw .unavailable }
      return try past.get()
    }
    if let settled = await settledInTime(talk) { return .settled(settled) }
    return .provisional(charged: talk.charged, reason: endReason)
  }

  /// The result for a talk that is no longer in Redis, from its history.
  private func past(_ session: SessionID, _ user: UserID) async throws(EndTalkError) -> EndedTalk {
    do {
      guard let record = try await history.record(of: session), record.user == user else {
        throw EndTalkError.notFound
      }
      try await settle.question(UnsettledTalk(session: session, user: user, metered: record.charged))
      return .settled(
        try await ledger.settle(
          TalkClosing(
            session: session, user: user, charge: record.charged, reason: .lost, forgiven: .zero, beats: 0)))
    } catch {
      throw error as? EndTalkError ?? .unavailable
    }
  }

  private func settledInTime(_ talk: LiveTalk) async -> SettledTalk? {
    let settle = settle
    return await TimeLimit(within).run { try? await settle(talk) } ?? nil
  }
}
