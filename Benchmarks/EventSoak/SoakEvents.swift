import Domain
import Foundation
import PostgresAdapter
import PostgresDriver

/// The events of the soak and what their consumers write.
struct SoakEvents: Sendable {
  struct Count: Sendable {
    var effects = 0
    var different = 0
    /// Effects of events that were rolled back.
    var foreign = 0
    var deliveries = 0
  }

  /// The service whose outbox the events are in.
  static let source = "billing"
  /// The numbers of events that are rolled back begin here.
  private static let foreign = 1_000_000_000

  private let pool: PostgresPool

  init(_ place: SoakPlace) throws { pool = try place.postgres("soak", 8) }

  func close() { pool.close() }

  /// The effects have no key, so that one too many is counted.
  func prepare() async throws {
    try await pool.query("CREATE TABLE soak_effects (consumer text NOT NULL, number bigint NOT NULL)")
    try await pool.query("CREATE TABLE soak_deliveries (consumer text NOT NULL)")
  }

  /// Writes the events evenly over the time, some to a transaction. Other transactions are rolled back.
  func write(_ count: Int, in time: Duration) async throws -> (commits: Int, rollbacks: Int) {
    struct Regret: Error {}
    let begun = ContinuousClock.now
    let outbox = PostgresOutbox(source: Self.source)
    let user = UserID(UUID())
    var (next, commits, rollbacks) = (1, 0, 0)
    while next <= count {
      let size = min(Int.random(in: 1...10), count - next + 1)
      let numbers = next..<next + size
      if Int.random(in: 0..<10) == 0 {
        rollbacks += 1
        try? await pool.transaction { transaction in
          for number in numbers { try await outbox.append(Self.event(user, Self.foreign + number), in: transaction) }
          throw Regret()
        }
      }
      try await pool.transaction { transaction in
        for number in numbers { try await outbox.append(Self.event(user, number), in: transaction) }
      }
      commits += 1
      next += size
      try await Task.sleep(until: begun + time * (Double(next) / Double(count)), clock: .continuous)
    }
    return (commits, rollbacks)
  }

  /// The version carries the number.
  private static func event(_ user: UserID, _ number: Int) -> WalletChanged {
    WalletChanged(userID: user, version: Int64(number), available: .zero, frozen: false)
  }

  func unpublished() async throws -> Int {
    try await pool.query(
      """
      SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
        + (SELECT count(*) FROM outbox_relays WHERE again_from IS NOT NULL) AS count
      """
    ).rows.first?.get("count") ?? -1
  }

  func report() async throws -> [SoakGroup: Count] {
    let rows = try await pool.query(
      """
      SELECT consumer, count(*) AS effects, count(DISTINCT number) FILTER (WHERE number < \(Self.foreign)) AS different,
        count(*) FILTER (WHERE number >= \(Self.foreign)) AS foreigners,
        (SELECT count(*) FROM soak_deliveries d WHERE d.consumer = e.consumer) AS deliveries
      FROM soak_effects e GROUP BY consumer
      """
    ).rows
    var all: [SoakGroup: Count] = [:]
    for row in rows {
      guard let group = SoakGroup(rawValue: try row.get("consumer")) else { continue }
      all[group] = Count(
        effects: try row.get("effects"), different: try row.get("different"), foreign: try row.get("foreigners"),
        deliveries: try row.get("deliveries"))
    }
    return all
  }
}
