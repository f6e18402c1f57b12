import Domain

/// Holds the next slice in Postgres and records it in Redis.
public struct HoldNextSlice: Sendable {
  private let live: any LiveTalkStore
  private let ledger: any TalkLedger

  public init(live: any LiveTalkStore, ledger: any TalkLedger) {
    self.live = live
    self.ledger = ledger
  }

  /// Does nothing if Postgres cannot be reached: the meter runs on for its grace, and the next beat requests the slice
  /// again.
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
