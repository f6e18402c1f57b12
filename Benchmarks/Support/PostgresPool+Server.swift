import PostgresDriver

extension PostgresPool {
  /// What is measured: the version of the server, and whether it waits for the disk.
  public func server() async throws -> String {
    let row = try await query(
      "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync"
    ).rows.first
    return "Postgres \(try row?.get("version", as: String.self) ?? "?"), fsync \(try row?.get("fsync") ?? "?")"
  }
}
