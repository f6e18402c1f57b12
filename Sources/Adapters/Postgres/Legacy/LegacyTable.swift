import PostgresDriver

/// One of the Flask deployment's tables in its current form. Only `users` is certain to exist, with an id and an
/// address. All other tables and columns may be missing, and are then read as NULL.
struct LegacyTable: Sendable {
  /// A number as Postgres prints it. NaN and infinities do not match.
  static let number = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"

  let name: String
  let schema: String
  /// The type of each column by its name, as information_schema spells it.
  private let columns: [String: String]

  static func find(
    _ name: String, in schema: String, _ transaction: PostgresTransaction
  ) async throws -> LegacyTable? {
    let found = try await transaction.query(
      """
      SELECT c.column_name::text AS name, c.data_type::text AS type FROM information_schema.columns c
      JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = \(schema) AND c.table_name = \(name) AND t.table_type = 'BASE TABLE'
      """)
    guard !found.rows.isEmpty else { return nil }
    let columns = try found.rows.map { row in
      (try row.get("name", as: String.self), try row.get("type", as: String.self))
    }
    return LegacyTable(name: name, schema: schema, columns: Dictionary(columns) { first, _ in first })
  }

  func has(_ column: String) -> Bool { columns[column] != nil }

  func type(_ column: String) -> String? { columns[column] }

  /// The table's rows, with every column in the type that the import expects: `id`, `texts` and `numbers` as text (a
  /// float as its shortest decimal), `times` with a time zone, `json`.
  func rows(texts: [String] = [], numbers: [String] = [], times: [String] = [], json: [String] = []) -> String {
    let list =
      ["id"] + texts.map { has($0) ? "nullif(\($0)::text, '') AS \($0)" : "NULL::text AS \($0)" }
      + numbers.map { has($0) ? "\($0)::text AS \($0)" : "NULL::text AS \($0)" }
      + times.map { "\(time($0)) AS \($0)" } + json.map { has($0) ? "\($0)::jsonb AS \($0)" : "NULL::jsonb AS \($0)" }
    return "SELECT \(list.joined(separator: ", ")) FROM \(schema).\(name)"
  }

  /// The Flask deployment's times have no zone and are UTC.
  private func time(_ column: String) -> String {
    guard let type = columns[column], type.hasPrefix("timestamp") else { return "NULL::timestamptz" }
    let value = type == "timestamp without time zone" ? "\(column) AT TIME ZONE 'UTC'" : column
    return "CASE WHEN isfinite(\(column)) THEN \(value) END"
  }
}
