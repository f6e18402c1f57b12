import Application
import FoundationEssentials
import Synchronization

/// Answers in memory: leased for half a minute, kept for a day, fenced by the token.
public final class InMemoryIdempotencyStore: IdempotencyStore {
  private struct Row {
    var fingerprint: [UInt8]
    var token: Int64
    var leaseUntil: Date
    var createdAt: Date
    var answer: IdempotentResponse?
  }

  private let clock: FakeClock
  private let rows = Mutex<[IdempotencyKey: Row]>([:])
  private let given = Mutex<Result<IdempotentStart, IdempotencyError>?>(nil)

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  /// Until this is set to nil, every request gets this answer.
  public func answer(with start: Result<IdempotentStart, IdempotencyError>?) { given.withLock { $0 = start } }

  public func begin(
    _ key: IdempotencyKey, fingerprint: [UInt8]
  ) async throws(IdempotencyError) -> IdempotentStart {
    if let given = given.withLock({ $0 }) { return try given.get() }
    let now = clock.now()
    return rows.withLock { rows in
      let row = rows[key]
      if let row, row.createdAt + 24 * 3_600 >= now {
        guard row.fingerprint == fingerprint else { return .differs }
        if let answer = row.answer { return .answered(answer) }
        guard row.leaseUntil < now else { return .inFlight }
      }
      let token = (row?.token ?? 0) + 1
      rows[key] = Row(fingerprint: fingerprint, token: token, leaseUntil: now + 30, createdAt: now)
      return .first(token: token)
    }
  }

  public func keep(_ answer: IdempotentResponse, for key: IdempotencyKey, token: Int64) async throws(IdempotencyError) {
    rows.withLock { rows in if rows[key]?.token == token { rows[key]?.answer = answer } }
  }

  public func abandon(_ key: IdempotencyKey, token: Int64) async throws(IdempotencyError) {
    rows.withLock { rows in
      guard rows[key]?.token == token, rows[key]?.answer == nil else { return }
      rows[key]?.createdAt = .distantPast
      rows[key]?.leaseUntil = .distantPast
    }
  }
}
