import Domain
import FoundationEssentials
import PostgresDriver

extension LegacyImport {
  /// Every row becomes a user. If addresses differ only in capitalization, the row that was used last gets the address.
  func takeUsers(_ table: LegacyTable) async throws -> Int {
    let rows = table.rows(texts: ["password_hash"], times: ["created_at", "last_login"])
    try await readAddresses(table)
    let count = try await run(
      """
      WITH row AS (\(rows)), ranked AS (
        SELECT row.*, a.email, a.invalid, row_number() OVER (PARTITION BY a.invalid, lower(a.email) ORDER BY
          coalesce(last_login, created_at) DESC NULLS LAST, created_at DESC NULLS LAST, id) AS place
        FROM row JOIN guide_addresses a USING (id))
      INSERT INTO users (id, email, password_hash, created_at, last_login, address_problem)
      SELECT id, email, password_hash, coalesce(created_at, last_login, clock_timestamp()), last_login,
        CASE WHEN invalid THEN 'invalid' WHEN place > 1 THEN 'duplicate' END
      FROM ranked
      """)
    try await run(
      """
      INSERT INTO guide.problems (kind, row_id)
      SELECT 'password_hash', id FROM users WHERE password_hash !~ '\(Self.knownHash)' ORDER BY created_at, id
      """)
    return count
  }

  /// The forms of hashes that a sign-in can check: Argon2id's, and some of werkzeug's.
  private static let knownHash =
    "^([$]argon2id[$]v=19[$]m=[0-9]{1,7},t=[0-9]{1,3},p=[0-9]{1,2}[$][0-9A-Za-z+/]+[$][0-9A-Za-z+/]+|"
    + "(scrypt:[0-9]+:[0-9]+:[0-9]+|pbkdf2:(sha1|sha256|sha512):[0-9]+)[$][^$]+[$][0-9a-f]+)$"

  /// Only `EmailAddress` can decide what a valid address is, so addresses are checked in Swift.
  private func readAddresses(_ table: LegacyTable) async throws {
    try await run(
      """
      CREATE TEMPORARY TABLE guide_addresses (id uuid PRIMARY KEY, email text NOT NULL, invalid boolean NOT NULL)
      ON COMMIT DROP
      """)
    var rows = try await transaction.query(
      PostgresQuery(script: "SELECT id, coalesce(email::text, '') AS email FROM \(table.schema).\(table.name)")
    ).rows[...]
    while !rows.isEmpty {
      let batch = rows.prefix(Self.batch)
      rows = rows.dropFirst(Self.batch)
      let ids = try batch.map { try $0.get("id", as: UUID.self) }
      let given = try batch.map { try $0.get("email", as: String.self) }
      let known = given.map { EmailAddress($0)?.text }
      let emails = zip(given, known).map { $1 ?? $0 }
      let invalid = known.map { $0 == nil }
      try await transaction.query(
        """
        INSERT INTO guide_addresses (id, email, invalid) SELECT * FROM unnest(\(ids), \(emails), \(invalid))
        """)
    }
  }

  private static let batch = 5_000

  /// Turns a float balance into a wallet and its opening entry, to the nearest millisecond, with halves rounded away
  /// from zero. The float is read as its shortest decimal and computed in decimals. A balance above 2^53 milliseconds
  /// (285,000 years), beyond which a double is not exact, is not accepted.
  func takeBalances(_ table: LegacyTable) async throws {
    let factor = units.talkTime?.milliseconds ?? 0
    try await run(
      """
      CREATE TEMPORARY TABLE guide_balances ON COMMIT DROP AS
      SELECT id, talktime, CASE WHEN talktime ~ '\(LegacyTable.number)' THEN round(talktime::numeric * \(factor)) END AS ms,
        coalesce(talktime ~ '\(LegacyTable.number)', false) AS is_number,
        CASE WHEN talktime ~ '\(LegacyTable.number)' THEN talktime::numeric < 0 END AS negative
      FROM (\(table.rows(numbers: ["talktime"]))) row
      """)
    try await run(
      """
      INSERT INTO guide.problems (kind, row_id, detail)
      SELECT 'balance', b.id, coalesce(b.talktime, 'null') FROM guide_balances b JOIN users u USING (id)
      WHERE NOT b.is_number OR b.negative OR b.ms > 9007199254740992 ORDER BY u.created_at, u.id
      """)
    try await run(
      """
      WITH balance AS (
        SELECT id, ms::bigint AS ms FROM guide_balances WHERE ms > 0 AND ms <= 9007199254740992),
      entry AS (
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, available_after_ms,
          held_after_ms, owed_after_ms, version, cause)
        SELECT id, 'opening', 'opening:' || id, ms, ms, 0, ms, 0, 0, 1, 'migration' FROM balance)
      INSERT INTO wallets (user_id, available_ms, version) SELECT id, ms, 1 FROM balance
      """)
  }
}
