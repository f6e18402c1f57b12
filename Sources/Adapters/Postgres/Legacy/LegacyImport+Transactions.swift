import PostgresDriver

extension LegacyImport {
  /// Keeps every row with its id, its Razorpay ids, its time and its amount; the buyer becomes the user's id. The state
  /// `paid` of the Flask deployment becomes `legacy`: its talk time is part of the opening balance.
  func takeTransactions(_ table: LegacyTable) async throws -> Int {
    let texts = ["razorpay_order_id", "razorpay_payment_id", "user_email", "status"]
    let rows = table.rows(texts: texts, numbers: ["amount"], times: ["created_at"])
    try await run(
      """
      CREATE TEMPORARY TABLE guide_orders ON COMMIT DROP AS
      WITH row AS (\(rows)), recomputed AS (
        SELECT row.*, \(Self.state) AS state, \(amount) AS paise,
          (SELECT g.id FROM guide.users g WHERE g.email::text = user_email ORDER BY g.id LIMIT 1) AS user_id
        FROM row)
      SELECT *, row_number() OVER (PARTITION BY razorpay_order_id ORDER BY \(Self.first)) AS order_place,
        first_value(id) OVER (PARTITION BY razorpay_order_id ORDER BY \(Self.first)) AS order_owner,
        row_number() OVER (PARTITION BY razorpay_payment_id ORDER BY \(Self.first)) AS payment_place,
        first_value(id) OVER (PARTITION BY razorpay_payment_id ORDER BY \(Self.first)) AS payment_owner
      FROM recomputed
      """)
    try await noteProblems()
    return try await run(
      """
      INSERT INTO transactions (id, razorpay_order_id, razorpay_payment_id, amount, status, created_at, user_id, currency,
        talktime_ms, guide_status)
      SELECT id, CASE WHEN order_place = 1 THEN razorpay_order_id END,
        CASE WHEN payment_place = 1 THEN razorpay_payment_id END, paise, state, coalesce(created_at, clock_timestamp()),
        user_id, 'INR', 0, coalesce(status, '')
      FROM guide_orders
      """)
  }

  /// If several rows have the same Razorpay id, the one that was paid gets it, or otherwise the oldest.
  private static let first = "(state = 'legacy') DESC, created_at NULLS LAST, id"

  private static let state = """
    CASE
      WHEN word IN ('paid', 'success', 'successful', 'succeeded', 'captured', 'capture', 'complete', 'completed', 'done')
        THEN 'legacy'
      WHEN word IN ('pending', 'created', 'creating', 'initiated') THEN 'created'
      WHEN word IN ('failed', 'failure', 'error') THEN 'failed'
      WHEN word IN ('authorized', 'partially_refunded', 'refunded', 'disputed', 'expired') THEN word
      WHEN razorpay_payment_id IS NOT NULL THEN 'legacy'
      ELSE 'expired'
    END
    """.replacing("word", with: "lower(btrim(status))")

  /// In whole paise; NULL if the value is not a possible amount of an order.
  private var amount: String {
    """
    CASE WHEN amount ~ '\(LegacyTable.number)' AND round(amount::numeric * \(units.amount?.paise ?? 0))
        BETWEEN 1 AND 9007199254740992
      THEN round(amount::numeric * \(units.amount?.paise ?? 0))::bigint END
    """
  }

  private func noteProblems() async throws {
    try await run(
      """
      INSERT INTO guide.problems (kind, row_id, detail)
      SELECT kind, id, detail FROM (
        SELECT 'order_id' AS kind, id, created_at, razorpay_order_id || ' of ' || order_owner AS detail
        FROM guide_orders WHERE razorpay_order_id IS NOT NULL AND order_place > 1
        UNION ALL
        SELECT 'payment_id', id, created_at, razorpay_payment_id || ' of ' || payment_owner
        FROM guide_orders WHERE razorpay_payment_id IS NOT NULL AND payment_place > 1
        UNION ALL
        SELECT 'amount', id, created_at, amount FROM guide_orders WHERE amount IS NOT NULL AND paise IS NULL
        UNION ALL
        SELECT 'buyer', id, created_at, user_email FROM guide_orders WHERE user_id IS NULL) problem
      ORDER BY kind, created_at, id
      """)
  }
}
