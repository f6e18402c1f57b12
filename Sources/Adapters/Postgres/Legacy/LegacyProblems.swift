import PostgresDriver

/// What an operator has to look at after an upgrade: accounts that cannot sign in until they are merged, and the
/// problems that the import recorded. One line for each.
public enum LegacyProblems {
  public static func list(in session: some PostgresStatementRunner) async throws -> [String] {
    try await addresses(session) + noted(session) + paid(session)
  }

  /// Orders that were open at the upgrade and were paid after it. How much talk time they sold is not known, so the
  /// money is sent back.
  private static func paid(_ session: some PostgresStatementRunner) async throws -> [String] {
    try await session.query(
      """
      SELECT t.id::text AS id, p.razorpay_payment_id AS payment, p.amount, p.currency,
        coalesce((SELECT r.status FROM refunds r WHERE r.razorpay_payment_id = p.razorpay_payment_id
          ORDER BY r.number DESC LIMIT 1), 'not asked for') AS refund
      FROM transactions t JOIN payments p ON p.transaction_id = t.id
      WHERE t.guide_status IS NOT NULL AND t.talktime_ms = 0 AND p.status = 'captured'
        AND NOT EXISTS (SELECT FROM refunds r WHERE r.razorpay_payment_id = p.razorpay_payment_id
          AND r.status = 'processed')
      ORDER BY t.created_at, p.razorpay_payment_id
      """
    ).rows.map { row in
      let (id, payment) = (try row.get("id", as: String.self), try row.get("payment", as: String.self))
      let money = "\(try row.get("amount", as: Int64.self)) \(try row.get("currency", as: String.self))"
      return "transaction \(id): paid after the upgrade by \(payment) (\(money)), its refund is "
        + "\(try row.get("refund", as: String.self))"
    }
  }

  private static func addresses(_ session: some PostgresStatementRunner) async throws -> [String] {
    try await session.query(
      """
      SELECT u.id::text AS id, u.email, u.address_problem = 'invalid' AS invalid, o.id::text AS owner, o.email AS address
      FROM users u LEFT JOIN users o ON o.address_problem IS NULL AND lower(o.email) = lower(u.email)
      WHERE u.address_problem IN ('duplicate', 'invalid') ORDER BY u.address_problem, lower(u.email), u.created_at, u.id
      """
    ).rows.map { row in
      let who = "user \(try row.get("id", as: String.self)) <\(printable(try row.get("email")))>"
      if try row.get("invalid") { return "\(who) cannot sign in: no mail can be sent to this address" }
      let owner = try row.get("owner", as: String?.self) ?? "nobody"
      let address = printable(try row.get("address", as: String?.self) ?? "")
      return "\(who) cannot sign in: the address is that of \(owner) <\(address)>, who used it last"
    }
  }

  private static func noted(_ session: some PostgresStatementRunner) async throws -> [String] {
    let table = try await session.query("SELECT to_regclass('guide.problems') IS NOT NULL AS there")
    guard try table.rows.first?.get("there") == true else { return [] }
    return try await session.query(
      "SELECT kind, row_id::text AS id, coalesce(detail, '') AS detail FROM guide.problems ORDER BY id"
    ).rows.map { row in
      line(try row.get("kind"), try row.get("id"), printable(try row.get("detail")))
    }
  }

  private static func line(_ kind: String, _ id: String, _ detail: String) -> String {
    switch kind {
    case "balance": "user \(id): the balance was \(detail) and is 0 now"
    case "password_hash": "user \(id): the password's hash is of an unknown form, no password fits it"
    case "order_id": "transaction \(id): without its order id, which is \(detail) as well"
    case "payment_id": "transaction \(id): without its payment id, which is \(detail) as well"
    case "amount": "transaction \(id): without an amount, it was \(detail)"
    case "buyer": "transaction \(id): of nobody, its address was '\(detail)'"
    default: "\(kind) \(id): \(detail)"
    }
  }

  /// An address may contain any typed text, and must not control the operator's terminal.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
  }
}
