/// A statement's text and the types of its parameters. Preparing depends on nothing else.
struct PreparedStatementKey: Hashable {
  let sql: String
  let types: [UInt32]

  init(_ query: PostgresQuery) {
    sql = query.sql
    types = query.parameters.map(\.type)
  }

  /// The name is the same in every process and differs for every other statement, so a name that is already in use
  /// stands for the same statement. 128 bits of FNV-1a.
  var name: String {
    var hash = UInt128(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    let prime = UInt128(0x0000_0000_0100_0000_0000_0000_0000_013b)
    func take(_ byte: UInt8) { hash = (hash ^ UInt128(byte)) &* prime }
    for type in types { for shift in [0, 8, 16, 24] { take(UInt8(truncatingIfNeeded: type >> UInt32(shift))) } }
    // Separates the types from the text, so that neither can run into the other.
    for byte in [0xFF] + Array(sql.utf8) { take(byte) }
    let digits = String(hash, radix: 16)
    return "tt_" + String(repeating: "0", count: 32 - digits.count) + digits
  }
}
