import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// A consistent ledger with one manipulated row: the audit must report exactly the rules that this breaks.
@Suite("The audit of the ledger", .serialized)
struct LedgerAuditTests {
  struct Fault: CustomStringConvertible, Sendable {
    let description: String
    /// The manipulation, made with all rights on the database.
    let damage: String
    /// The beginnings of the rules that are broken.
    let broken: [String]

    init(_ description: String, _ damage: String, _ broken: String...) {
      self.description = description
      self.damage = damage
      self.broken = broken
    }
  }

  static let faults = [
    Fault(
      "a wallet that was written to", "UPDATE wallets SET available_ms = available_ms + 1",
      "a wallet differs"),
    Fault(
      "a wallet without entries", "INSERT INTO wallets (user_id, owed_ms) VALUES (gen_random_uuid(), 1)",
      "a wallet differs"),
    Fault("a wallet that is gone", "DELETE FROM wallets", "a wallet differs", "what is held"),
    Fault(
      "a figure below zero",
      """
      ALTER TABLE wallets DROP CONSTRAINT wallets_check, DROP CONSTRAINT wallets_owed_ms_check;
      UPDATE wallets SET owed_ms = -1
      """, "a wallet differs", "a wallet is below zero"),
    Fault(
      "owed beside available", "ALTER TABLE wallets DROP CONSTRAINT wallets_check; UPDATE wallets SET owed_ms = 1",
      "a wallet differs", "a wallet is below zero"),
    Fault("a hold that was closed alone", "UPDATE holds SET closed_at = now() WHERE closed_at IS NULL", "what is held"),
    Fault(
      "a hold of another amount", "UPDATE holds SET amount_ms = amount_ms + 1 WHERE closed_at IS NULL", "what is held",
      "a hold differs"),
    Fault("a hold without its entry", "DELETE FROM holds WHERE closed_at IS NOT NULL", "a hold differs"),
    Fault(
      "a hold that nobody asks about",
      "UPDATE holds SET expires_at = now() - interval '6 minutes' WHERE closed_at IS NULL",
      "a hold is long past"),
    Fault("a freeze without a reason", "UPDATE wallets SET frozen = true", "a wallet is frozen"),
    Fault(
      "a reason without a freeze",
      "INSERT INTO wallet_freezes (user_id, cause, reason) SELECT user_id, 'operator', 'x' FROM wallets",
      "a wallet is frozen"),
    Fault(
      "running figures that do not run on",
      "UPDATE ledger SET available_after_ms = available_after_ms + 1 WHERE version = 2", "an entry does not go on"),
    Fault(
      "a first entry that comes from somewhere",
      "UPDATE ledger SET held_after_ms = held_after_ms + 1 WHERE version = 1",
      "an entry does not go on"),
    Fault(
      "a version twice",
      """
      ALTER TABLE ledger DROP CONSTRAINT ledger_user_id_version_key;
      UPDATE ledger SET version = 3 WHERE version = 2 AND kind = 'hold'
      """, "an entry does not go on"),
    Fault(
      "an entry below zero", "UPDATE ledger SET owed_after_ms = -1, owed_delta_ms = -1 WHERE version = 5",
      "a wallet differs", "an entry left a figure"),
    Fault("a version that is older than its entries", "UPDATE wallets SET version = 1", "an entry is newer"),
    Fault("an order whose time was not credited", "UPDATE payments SET credited = false", "a paid order", "a purchase"),
    Fault("an order that sold more", "UPDATE transactions SET talktime_ms = talktime_ms + 1", "a paid order"),
    Fault("an order that nobody paid", "UPDATE transactions SET paid_at = NULL", "a purchase"),
    Fault("a talk that was charged otherwise", "UPDATE talk_sessions SET charged_ms = 1", "a settlement differs"),
    Fault("a settlement without a talk", "DELETE FROM talk_sessions", "a settlement differs"),
    Fault(
      "a talk without its settlement",
      "INSERT INTO talk_sessions (id, user_id, agent_id, settled_at, charged_ms, end_reason) SELECT repeat('x', 22), user_id, '', now(), 5, 'user' FROM wallets",
      "a settlement differs"),
    Fault(
      "an adjustment that no entry has",
      """
      INSERT INTO conversations (id, user_id, agent_id, signed_url, adjusted_ms) SELECT 'c', user_id, '', '', 1 FROM wallets
      """, "a conversation's adjustments"),
    Fault(
      "a conversation that was longer than what was charged",
      """
      INSERT INTO conversations (id, user_id, agent_id, signed_url, duration_ms, reconciled_at)
      SELECT 'c', user_id, '', '', 95001, now() FROM wallets;
      UPDATE talk_sessions SET conversation_id = 'c' WHERE settled_at IS NOT NULL
      """, "a conversation was charged"),
    Fault(
      "a conversation that was shorter",
      """
      INSERT INTO conversations (id, user_id, agent_id, signed_url, duration_ms, reconciled_at)
      SELECT 'c', user_id, '', '', 84999, now() FROM wallets;
      UPDATE talk_sessions SET conversation_id = 'c' WHERE settled_at IS NOT NULL
      """, "a conversation was charged"),
    Fault(
      "a refund without its entry",
      """
      INSERT INTO refunds (transaction_id, razorpay_payment_id, amount, currency, status, origin, talktime_ms)
      SELECT id, 'pay_1', 1, 'INR', 'processed', 'operator', 1 FROM transactions
      """, "a refund differs"),
    Fault(
      "refunds of more than was paid",
      """
      INSERT INTO refunds (transaction_id, razorpay_payment_id, amount, currency, status, origin, talktime_ms)
      SELECT id, 'pay_1', amount + 1, 'INR', 'processed', 'operator', 0 FROM transactions
      """, "more went back"),
    Fault(
      "refunds of more time than was sold",
      """
      INSERT INTO refunds (transaction_id, razorpay_payment_id, amount, currency, status, origin, talktime_ms)
      SELECT id, 'pay_1', 1, 'INR', 'pending', 'operator', talktime_ms + 1 FROM transactions
      """, "an order's refunds"),
    Fault(
      "a credit note of more than its receipt",
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, amount, currency, status, origin)
      SELECT id, id, 'pay_1', 1, 'INR', 'failed', 'operator' FROM transactions;
      INSERT INTO tax_documents (number, kind, financial_year, sequence, user_id, transaction_id, refund_id, details)
      SELECT kind || '-1', kind, '2627', 1, user_id, id, CASE WHEN kind = 'credit_note' THEN id END,
        jsonb_build_object('amount', paise, 'tax_lines', '[]'::jsonb)
      FROM transactions, (VALUES ('receipt', 100), ('credit_note', 101)) made (kind, paise)
      """, "credit notes less their reversals"),
    Fault(
      "a reversal of what was never credited",
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, amount, currency, status, origin)
      SELECT id, id, 'pay_1', 1, 'INR', 'failed', 'operator' FROM transactions;
      INSERT INTO tax_documents (number, kind, financial_year, sequence, user_id, transaction_id, refund_id, details)
      SELECT 'DN-1', 'debit_note', '2627', 1, user_id, id, id, '{"amount": 1, "tax_lines": []}' FROM transactions
      """, "credit notes less their reversals"),
    Fault(
      "two numbers that differ by case",
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, amount, currency, status, origin)
      SELECT id, id, 'pay_1', 1, 'INR', 'failed', 'operator' FROM transactions;
      INSERT INTO tax_documents (number, kind, financial_year, sequence, user_id, transaction_id, refund_id, details)
      SELECT number, kind, '2627', 1, user_id, id, CASE WHEN kind = 'credit_note' THEN id END,
        '{"amount": 1, "tax_lines": []}'
      FROM transactions, (VALUES ('receipt', 'TT-1'), ('credit_note', 'tt-1')) made (kind, number)
      """, "a document's number"),
    Fault(
      "a refund that failed and holds its time",
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, amount, currency, status, origin, talktime_ms)
      SELECT '00000000-0000-4000-8000-000000000001', id, 'pay_1', 1, 'INR', 'failed', 'operator', 1 FROM transactions;
      UPDATE holds SET purpose = 'refund:00000000-0000-4000-8000-000000000001' WHERE closed_at IS NULL
      """, "a refund is over"),
    Fault(
      "a second payment that was not sent back",
      """
      INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, updated_at)
      SELECT 'pay_2', id, amount, currency, 'captured', now() - interval '6 minutes' FROM transactions
      """, "a payment that credits nothing"),
    Fault(
      "a wrong amount whose return has failed",
      """
      INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, updated_at)
      SELECT 'pay_2', id, 1, currency, 'mismatch', now() - interval '6 minutes' FROM transactions;
      INSERT INTO refunds (transaction_id, razorpay_payment_id, amount, currency, status, origin)
      SELECT id, 'pay_2', 1, 'INR', 'failed', 'surplus' FROM transactions
      """, "a payment that credits nothing"),
    Fault(
      "a dispute that was lost and took nothing",
      """
      INSERT INTO disputes (razorpay_dispute_id, transaction_id, razorpay_payment_id, amount, currency, status)
      SELECT 'disp_1', id, 'pay_1', 100, 'INR', 'lost' FROM transactions
      """, "a lost dispute"),
    Fault(
      "a credit for another amount", "UPDATE payments SET amount = amount + 470", "a credited payment"),
    Fault(
      "a credit for an account that is gone",
      """
      INSERT INTO users (id, email, address_problem, merged_into)
      SELECT user_id, 'gone@example.com', 'merged', gen_random_uuid() FROM wallets
      """, "an account that was merged"),
  ]

  @Test("the audit names each broken rule and the user concerned", arguments: faults)
  func names(fault: Fault) async throws {
    try await withBooks { pool, audit in
      try await pool.query(
        PostgresQuery(script: "ALTER TABLE ledger DISABLE TRIGGER ledger_is_append_only; " + fault.damage))
      let findings = try await audit.verify().findings
      #expect(findings.count == fault.broken.count)
      for (finding, broken) in zip(findings, fault.broken) {
        #expect(finding.rule.hasPrefix(broken))
        #expect(finding.count > 0 && finding.offenders.count == min(20, finding.count))
      }
    }
  }

  @Test("the audit counts all violations and shows the first twenty")
  func many() async throws {
    try await withBooks { pool, audit in
      try await pool.query(
        "INSERT INTO wallets (user_id, owed_ms) SELECT gen_random_uuid(), n FROM generate_series(1, 25) n")
      let report = try await audit.verify()
      #expect(report.wallets == 26 && report.findings.map(\.count) == [25])
      #expect(report.findings.first?.offenders.count == 20 && report.problems.count == 20)
    }
  }

  @Test("the audit accepts a ledger that only the services have written")
  func clean() async throws {
    try await withBooks { _, audit in
      let report = try await audit.verify()
      #expect(report.findings == [] && report.wallets == 1 && report.entries == 5)
    }
  }

  /// One user: ten minutes bought, a settled talk of two slices, and an open slice.
  private func withBooks(_ body: @Sendable (PostgresPool, LedgerAudit) async throws -> Void) async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let user = UserID(UUID())
      let orders = PostgresOrderRepository(database: pool)
      let order = try await orders.attach(
        "order_1", to: try await orders.create(for: user, packID: "ten-minutes").id)
      _ = try await PostgresPaymentRepository(database: pool).capture(order.payment("pay_1"), of: order, cause: "test")
      try await talk(user, pool)
      try await body(pool, LedgerAudit(database: pool))
    }
  }

  private func talk(_ user: UserID, _ pool: PostgresPool) async throws {
    let ledger = WalletLedger(outbox: PostgresOutbox(source: "session"))
    let (first, second) = (
      "session:\(String(repeating: "a", count: 22))", "session:\(String(repeating: "b", count: 22))"
    )
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      for slice in 1...2 {
        _ = try await ledger.hold(
          upTo: .minutes(1), reference: "\(first):slice:\(slice)", purpose: first, cause: "test", from: &locked,
          in: transaction)
      }
      try await transaction.query(
        """
        INSERT INTO talk_sessions (id, user_id, agent_id, settled_at, charged_ms, end_reason)
        VALUES (\(String(repeating: "a", count: 22)), \(user.uuid), 'agent', now(), 90000, 'user')
        """)
      try await ledger.settle(
        charge: .seconds(90), purpose: first, reference: "\(first):settlement", cause: "test", in: &locked, transaction)
      _ = try await ledger.hold(
        upTo: .minutes(1), reference: "\(second):slice:1", purpose: second, cause: "test", from: &locked,
        in: transaction)
    }
  }
}
