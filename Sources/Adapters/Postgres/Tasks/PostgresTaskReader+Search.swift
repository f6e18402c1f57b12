import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Lists by a filter. No index has the conditions of a filter, so that a bounded number of tasks is looked at.
extension PostgresTaskReader {
  public func search(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after cursor: TaskCursor?, limit: Int
  ) async throws -> FoundTasks {
    guard limit > 0, !filter.states.isEmpty else { return FoundTasks([], end: nil) }
    let start = Self.start(filter, cursor)
    guard scope.owner == nil, filter.states.contains(.completed) else {
      return try await searchIndexes(scope, filter, after: start, limit: limit)
    }
    return try await searchAll(filter, after: start, limit: limit)
  }

  /// The place that every task of the list comes after: the cursor, or the end of the filter's times if that is older.
  private static func start(_ filter: TaskFilter, _ cursor: TaskCursor?) -> TaskCursor? {
    guard let before = filter.createdBefore else { return cursor }
    if let cursor, cursor.createdAt < before { return cursor }
    // No id comes before it, so that no task of that moment comes after the place.
    return TaskCursor(createdAt: before, id: TaskID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))))
  }

  /// The tasks of one user, or those of everybody that have not ended or not well: each of these kinds has an index in the
  /// order of creation. First comes the place up to which at most `span` tasks of each kind are looked at. The inner
  /// LIMIT keeps the server from another index, which would have to be sorted.
  private func searchIndexes(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after start: TaskCursor?, limit: Int
  ) async throws -> FoundTasks {
    let (owner, states) = (scope.owner, filter.states)
    let looksAtOpen = owner == nil && states.contains(where: \.isOpen)
    let looksAtUnsuccessful = owner == nil && !states.allSatisfy(\.isOpen)
    let own: PostgresFragment = "user_id = \(owner)::uuid"
    let unfinished: PostgresFragment = "\(looksAtOpen) AND is_open IS TRUE"
    let unsuccessful: PostgresFragment = "\(looksAtUnsuccessful) AND is_unsuccessful"
    let older: PostgresFragment = """
      created_at >= coalesce(\(filter.createdAfter)::timestamptz, '-infinity')
            AND (created_at, id) < (
              coalesce(\(start?.createdAt)::timestamptz, 'infinity'),
              coalesce(\(start?.id.uuid)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      """
    return try await database.transaction(settings: PostgresTaskQueue.byIndex) { transaction -> FoundTasks in
      let last = try await transaction.query(
        """
        SELECT created_at, id FROM (
          \(place(of: own, older))
          UNION ALL
          \(place(of: unfinished, older))
          UNION ALL
          \(place(of: unsuccessful, older))
        ) AS places
        ORDER BY created_at DESC, id DESC LIMIT 1
        """
      ).rows.first
      let end = try last.map { TaskCursor(createdAt: try $0.get("created_at"), id: TaskID(try $0.get("id"))) }
      let seen: PostgresFragment = """
        \(older)
              AND (created_at, id) >= (
                coalesce(\(end?.createdAt)::timestamptz, '-infinity'),
                coalesce(\(end?.id.uuid)::uuid, '00000000-0000-0000-0000-000000000000'))
        """
      let found = try await transaction.query(
        """
        SELECT \(TaskSummary.columns) FROM (
          \(found(of: own, seen, filter, limit: limit))
          UNION ALL
          \(found(of: unfinished, seen, filter, limit: limit))
          UNION ALL
          \(found(of: unsuccessful, seen, filter, limit: limit))
        ) AS found
        ORDER BY created_at DESC, id DESC LIMIT \(limit)
        """
      ).rows.map(TaskSummary.init)
      return FoundTasks(found, end: end)
    }
  }

  /// The last of the first `span` tasks of a kind, if it has as many.
  private func place(of kind: PostgresFragment, _ older: PostgresFragment) -> PostgresFragment {
    """
    (SELECT created_at, id FROM tasks
      WHERE \(kind) AND \(older)
      ORDER BY created_at DESC, id DESC OFFSET \(span - 1) LIMIT 1)
    """
  }

  /// The tasks that the filter admits, of the first `span` of a kind.
  private func found(
    of kind: PostgresFragment, _ seen: PostgresFragment, _ filter: TaskFilter, limit: Int
  ) -> PostgresFragment {
    """
    (SELECT \(TaskSummary.columns) FROM (
        SELECT \(TaskSummary.columns) FROM tasks
        WHERE \(kind) AND \(seen)
        ORDER BY created_at DESC, id DESC LIMIT \(span)
      ) AS looked_at
      WHERE status = ANY(\(filter.states.map(\.rawValue)))
        AND (\(filter.type)::text IS NULL OR type = \(filter.type))
        AND (\(filter.errorCode)::text IS NULL OR error = \(filter.errorCode))
      ORDER BY created_at DESC, id DESC LIMIT \(limit))
    """
  }

  /// Those that went well have no index by their creation alone. They are looked at as a page without a filter is.
  private func searchAll(
    _ filter: TaskFilter, after start: TaskCursor?, limit: Int
  ) async throws -> FoundTasks {
    let seen = try await everyone(
      after: start, limit: look, withUnfinished: filter.states.contains(where: \.isOpen))
    let found = seen.filter { task in
      filter.states.contains(task.state)
        && filter.admits(type: task.type, errorCode: task.errorCode, createdAt: task.createdAt)
    }
    var end: TaskCursor?
    if seen.count == look, let last = seen.last, filter.createdAfter.map({ last.createdAt >= $0 }) ?? true {
      end = TaskCursor(createdAt: last.createdAt, id: last.id)
    }
    return FoundTasks(Array(found.prefix(limit)), end: end)
  }
}
