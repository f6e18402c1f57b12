import PostgresDriver

/// What one statement of the upkeep has done. It writes the rows that it has locked by their places, so that its plan
/// depends on no statistics. A row that was changed since the statement began has another place, and is left out.
struct TaskUpkeepBatch: Sendable {
  static let none = TaskUpkeepBatch(found: 0, changed: 0)

  /// How many tasks were found and locked.
  let found: Int
  /// How many of them were written.
  let changed: Int

  /// Whether the same statement should be run again. One that has written nothing is not, so that no look is endless.
  var mayHaveMore: Bool { found >= PostgresTaskQueue.batch && changed > 0 }

  init(found: Int, changed: Int) {
    self.found = found
    self.changed = changed
  }

  /// The one row of a statement that has counted both.
  init(_ result: PostgresResult) throws(PostgresError) {
    found = try result.rows.first?.get("found") ?? 0
    changed = try result.rows.first?.get("changed") ?? 0
  }
}
