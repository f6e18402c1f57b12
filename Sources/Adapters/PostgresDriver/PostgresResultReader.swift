import CPQ

enum PostgresResultReader {
  static func read(_ result: OpaquePointer) -> PostgresResult {
    let width = PQnfields(result)
    let columns = PostgresColumns((0..<width).map { String(cString: PQfname(result, $0)) })
    let rows = (0..<PQntuples(result)).map { row in
      PostgresRow(columns: columns, values: (0..<width).map { value(result, row, $0) })
    }
    let touched = Int(String(cString: PQcmdTuples(result))) ?? rows.count
    return PostgresResult(rows: rows, affectedRows: touched)
  }

  private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32) -> String? {
    guard PQgetisnull(result, row, column) == 0, let bytes = PQgetvalue(result, row, column) else { return nil }
    let length = Int(PQgetlength(result, row, column))
    return String(decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
  }

  static func error(_ result: OpaquePointer) -> PostgresError {
    let state = field(result, Int32(UnicodeScalar("C").value)) ?? "XX000"
    let constraint = field(result, Int32(UnicodeScalar("n").value))
    let message = field(result, Int32(UnicodeScalar("M").value)) ?? ""
    // 57014 stands for a cancelled statement and for one over statement_timeout; only the message tells them apart.
    if state == "57014" { return PostgresError(message.contains("timeout") ? .timeout : .cancelled, message: message) }
    return PostgresError(.server(sqlState: state, constraint: constraint), message: "\(state) \(message)")
  }

  private static func field(_ result: OpaquePointer, _ code: Int32) -> String? {
    PQresultErrorField(result, code).map { String(cString: $0) }
  }
}
