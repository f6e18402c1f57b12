import PostgresDriver

/// What statements have read of the table `tasks`. The pool has one connection: the server shows a connection's counts
/// when they are flushed.
extension PostgresPool {
  /// The scans of the whole table.
  func taskScans() async throws -> Int {
    try await flushed("SELECT seq_scan AS n FROM pg_stat_user_tables WHERE relname = 'tasks'")
  }

  /// The scans of all indexes of the table but those of due tasks and of ids.
  func otherTaskIndexScans() async throws -> Int {
    try await flushed(
      """
      SELECT sum(idx_scan)::bigint AS n FROM pg_stat_user_indexes
      WHERE relname = 'tasks' AND indexrelname NOT IN ('tasks_due', 'tasks_pkey')
      """)
  }

  /// The entries of all indexes of the table that were read.
  func taskEntriesRead() async throws -> Int {
    try await flushed("SELECT sum(idx_tup_read)::bigint AS n FROM pg_stat_user_indexes WHERE relname = 'tasks'")
  }

  /// The blocks of the table and of its indexes that were read.
  func taskBlocksRead() async throws -> Int {
    try await flushed(
      """
      SELECT (heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::bigint AS n
      FROM pg_statio_user_tables WHERE relname = 'tasks'
      """)
  }

  /// The blocks of the table and of the index of due tasks that were read.
  func dueTaskBlocksRead() async throws -> Int {
    try await flushed(
      """
      SELECT (idx.idx_blks_read + idx.idx_blks_hit + tab.heap_blks_read + tab.heap_blks_hit)::bigint AS n
      FROM pg_statio_user_indexes AS idx JOIN pg_statio_user_tables AS tab ON tab.relid = idx.relid
      WHERE idx.indexrelname = 'tasks_due'
      """)
  }

  private func flushed(_ count: PostgresQuery) async throws -> Int {
    try await query("SELECT pg_stat_force_next_flush()")
    return try await query(count).rows.first?.get("n") ?? -1
  }
}
