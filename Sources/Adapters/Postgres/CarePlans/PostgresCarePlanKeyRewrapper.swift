import Application
import FoundationEssentials
import PostgresDriver

/// Wraps the data keys of users under the present secret, so that the one before it can be given up.
public struct PostgresCarePlanKeyRewrapper: CarePlanKeyRewrapper {
  private let database: any PostgresStatementRunner
  private let sealer: any CarePlanSealer

  public init(database: any PostgresStatementRunner, sealer: any CarePlanSealer) {
    self.database = database
    self.sealer = sealer
  }

  private static let batch = 500

  /// Looks at every key once, in the order of their ids.
  public func runOnce() async throws {
    var last: UUID?
    repeat { last = try await runBatch(after: last) } while last != nil
  }

  /// The id to go on after; nil after the last batch.
  private func runBatch(after last: UUID?) async throws -> UUID? {
    let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    let rows = try await database.query(
      "SELECT id, wrapped FROM care_plan_keys WHERE id > \(last ?? first) ORDER BY id LIMIT \(Self.batch)"
    ).rows
    for row in rows {
      let key = WrappedCarePlanKey(id: try row.get("id"), wrapped: try row.get("wrapped"))
      guard let new = try sealer.rewrapped(key) else { continue }
      try await database.query(
        "UPDATE care_plan_keys SET wrapped = \(new.wrapped) WHERE id = \(key.id) AND wrapped = \(key.wrapped)")
    }
    return rows.count < Self.batch ? nil : try rows.last?.get("id")
  }
}
