import Domain

/// One beat: one step in the store of live talks, nothing else. The next slice is asked for in the background.
public struct TakeHeartbeat: Sendable {
  private let live: any HeartbeatRecorder
  private let slices: any SliceRequestQueue

  public init(live: any HeartbeatRecorder, slices: any SliceRequestQueue) {
    self.live = live
    self.slices = slices
  }

  public func callAsFunction(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult {
    let answer = try await live.beat(beat)
    askForSlice(answer, beat)
    return answer
  }

  /// The same for whoever holds many talks at once and has no task for each.
  /// - Parameter answered: called once, on any thread.
  public func take(
    _ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  ) {
    live.beat(beat) { result in
      if case .success(let answer) = result { askForSlice(answer, beat) }
      answered(result)
    }
  }

  private func askForSlice(_ answer: HeartbeatResult, _ beat: Heartbeat) {
    if case .accepted(let talk) = answer, talk.wantsSlice { slices.ask(for: talk, user: beat.user) }
  }
}

/// Gets the next slice without anybody waiting for it; a talk that is asked for already is not asked for twice.
public protocol SliceRequestQueue: Sendable {
  func ask(for talk: LiveTalk, user: UserID)
}

/// Holds the next slice in Postgres and notes it in Redis.
public struct HoldSlice: Sendable {
  private let live: any LiveTalkStore
  private let ledger: any TalkLedger

  public init(live: any LiveTalkStore, ledger: any TalkLedger) {
    self.live = live
    self.ledger = ledger
  }

  /// Where Postgres is away nothing happens: the meter runs on for its grace, and the next beat asks again.
  public func callAsFunction(_ session: SessionID, slice: Int64, metered: TalkTime, user: UserID) async {
    do throws(TalkLedgerError) {
      let grant = try await ledger.hold(slice: slice, for: session, user: user, metered: metered)
      _ = try? await live.note(grant, for: session)
    } catch {
      switch error {
      case .frozen: _ = try? await live.hangUp(session, user: nil, .frozen)
      case .settledAlready: _ = try? await live.hangUp(session, user: nil, .lost)
      default: break
      }
    }
  }
}
