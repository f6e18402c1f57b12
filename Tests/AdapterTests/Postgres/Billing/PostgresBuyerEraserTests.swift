import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("What billing has of a person whose account is deleted", .serialized)
struct PostgresBuyerEraserTests {
  private static let email = "asha@example.com"
  private static let gstin = "29AAGCB7383J1Z4"

  /// A paid order with its receipt, as the billing role makes them.
  private func order(
    of user: UUID, amount: Int64 = 19_900, gstin: String? = nil, isPaid: Bool = true, _ roles: RoleDatabase
  ) async throws -> UUID {
    let id = UUID()
    try await roles.owner.query(
      """
      INSERT INTO transactions (id, razorpay_order_id, razorpay_payment_id, amount, status, user_id, pack_id, pack_version,
        currency, talktime_ms, paid_at, buyer_state, buyer_gstin, buyer_name, buyer_address)
      VALUES (\(id), \("order_\(id)"), \(isPaid ? "pay_\(id)" : nil), \(amount), \(isPaid ? "paid" : "created"), \(user),
        'ten-minutes', 1, 'INR', 600000, CASE WHEN \(isPaid) THEN clock_timestamp() END, '29', \(gstin), 'Asha Rao',
        '1 Lake Road')
      """)
    if isPaid {
      try await roles.owner.query(
        """
        INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, credited)
        VALUES (\("pay_\(id)"), \(id), \(amount), 'INR', 'captured', true)
        """)
    }
    return id
  }

  private func webhook(_ id: String, subject: String, isDone: Bool, _ roles: RoleDatabase) async throws {
    try await roles.owner.query(
      """
      INSERT INTO razorpay_webhooks (event_id, body, subject, attempts, done_at)
      VALUES (\(id), convert_to(\(Self.email), 'UTF8'), \(subject), 1, CASE WHEN \(isDone) THEN clock_timestamp() END)
      """)
  }

  private func user(_ roles: RoleDatabase) async throws -> UUID {
    let made = try await roles.owner.query(
      "INSERT INTO users (email, name) VALUES (\(Self.email), 'Asha') RETURNING id")
    return try #require(made.rows.first).get("id", as: UUID.self)
  }

  private func delete(_ user: UUID, _ roles: RoleDatabase) async throws {
    try await roles.owner.query(
      """
      UPDATE users SET email = '', name = NULL, address_problem = 'deleted', deleted_at = clock_timestamp()
      WHERE id = \(user)
      """)
    for _ in 0..<2 { try await PostgresBuyerEraser(database: roles[.billing]).erase(UserID(user)) }
  }

  private func details(_ order: UUID, _ roles: RoleDatabase) async throws -> String {
    let row = try await roles.owner.query(
      "SELECT details::text AS details FROM tax_documents WHERE transaction_id = \(order)"
    ).rows.first
    return try #require(try row?.get("details", as: String.self))
  }

  private func issue(_ roles: RoleDatabase) async throws {
    try await DocumentRepositoryStage.issuer(PostgresDocumentRepository(database: roles[.billing]))()
  }

  @Test("an ordinary receipt loses its buyer; one for a registration and one of a large amount keep the name")
  func documents() async throws {
    try await RoleDatabase.with { roles async throws in
      let user = try await user(roles)
      let small = try await order(of: user, roles)
      let registered = try await order(of: user, gstin: Self.gstin, roles)
      let large = try await order(of: user, amount: 5_000_000, roles)
      let open = try await order(of: user, gstin: Self.gstin, isPaid: false, roles)
      try await roles.owner.query("INSERT INTO buyers (user_id, name) VALUES (\(user), 'Asha Rao')")
      try await issue(roles)
      #expect(try await details(small, roles).contains("Asha Rao"))
      try await delete(user, roles)
      let emptied = try await details(small, roles)
      #expect(!emptied.contains("Asha") && !emptied.contains("Lake Road") && !emptied.contains(Self.email))
      #expect(emptied.contains("Karnataka"))
      for kept in [registered, large] {
        let text = try await details(kept, roles)
        #expect(text.contains("Asha Rao") && text.contains("Lake Road") && !text.contains(Self.email))
      }
      let rows = try await roles.owner.query(
        "SELECT id, buyer_name, buyer_address, buyer_gstin, buyer_state FROM transactions"
      ).rows
      for row in rows {
        let id = try row.get("id", as: UUID.self)
        let isKept = [registered, large].contains(id)
        #expect(try (row.get("buyer_name", as: String?.self) != nil) == isKept)
        #expect(try (row.get("buyer_address", as: String?.self) != nil) == isKept)
        #expect(try (row.get("buyer_gstin", as: String?.self) != nil) == (id == registered))
        #expect(try row.get("buyer_state", as: String?.self) == "29")
      }
      #expect(rows.count == 4 && rows.contains { (try? $0.get("id", as: UUID.self)) == open })
      #expect(try await roles.owner.count("buyers") == 0)
    }
  }

  @Test("a receipt that is issued after the deletion names nobody")
  func late() async throws {
    try await RoleDatabase.with { roles async throws in
      let user = try await user(roles)
      let order = try await order(of: user, roles)
      try await delete(user, roles)
      try await issue(roles)
      let text = try await details(order, roles)
      #expect(!text.contains("Asha") && !text.contains("example.com") && !text.contains("\"email\""))
    }
  }

  @Test("Razorpay's reports lose their content: those that are handled at once, the others when they are")
  func webhooks() async throws {
    try await RoleDatabase.with { roles async throws in
      let (user, other) = (try await user(roles), UUID())
      let (order, foreign) = (try await order(of: user, roles), try await order(of: other, roles))
      try await webhook("order", subject: "order_\(order)", isDone: true, roles)
      try await webhook("payment", subject: "pay_\(order)", isDone: true, roles)
      try await webhook("waiting", subject: "order_\(order)", isDone: false, roles)
      try await webhook("foreign", subject: "order_\(foreign)", isDone: true, roles)
      try await webhook("foreign waiting", subject: "pay_\(foreign)", isDone: false, roles)
      try await delete(user, roles)
      func withContent() async throws -> Set<String> {
        let rows = try await roles.owner.query("SELECT event_id FROM razorpay_webhooks WHERE length(body) > 0").rows
        return Set(try rows.map { try $0.get("event_id", as: String.self) })
      }
      #expect(try await withContent() == ["waiting", "foreign", "foreign waiting"])
      let inbox = PostgresPaymentWebhookInbox(database: roles[.billing])
      for id in ["waiting", "foreign waiting"] {
        let stored = StoredWebhook(eventID: id, body: [], attempt: 1)
        // One that is tried again keeps its content.
        try await inbox.finish(stored, type: nil, outcome: nil)
        #expect(try await withContent().contains(id))
        try await inbox.finish(stored, type: "payment.captured", outcome: .credited)
      }
      #expect(try await withContent() == ["foreign", "foreign waiting"])
    }
  }

  @Test("of an issued document nothing but the person can be removed, and nothing can be added")
  func guarded() async throws {
    try await RoleDatabase.with { roles async throws in
      _ = try await order(of: try await user(roles), roles)
      try await issue(roles)
      for change in [
        "details #- '{amount}'", "details #- '{buyer}'", "details #- '{buyer,state}'",
        "jsonb_set(details, '{buyer,name}', '\"Ravi\"')", "jsonb_set(details, '{buyer,gstin}', '\"x\"')",
        "jsonb_set(details, '{amount}', '1')", "'{}'",
      ] {
        for pool in [roles[.billing], roles.owner] {
          #expect(try await pool.refusesChange("UPDATE tax_documents SET details = \(change)"), "\(change)")
        }
      }
      #expect(try await roles[.billing].refuses("UPDATE tax_documents SET number = 'x'"))
      #expect(try await roles.owner.refusesChange("UPDATE tax_documents SET number = 'x'"))
      #expect(try await roles.owner.refusesChange("DELETE FROM tax_documents"))
      #expect(try await roles.owner.refusesChange("TRUNCATE tax_documents CASCADE"))
      #expect(
        try await roles[.billing].query("UPDATE tax_documents SET details = details #- '{buyer,email}'").affectedRows
          == 1)
    }
  }

  @Test("a payment that arrives after the deletion is not credited, and one from before stays credited")
  func payments() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let orders = PostgresOrderRepository(database: pool)
      let payments = PostgresPaymentRepository(database: pool)
      let made = try await pool.query("INSERT INTO users (email) VALUES (\(Self.email)) RETURNING id")
      let id = try #require(made.rows.first).get("id", as: UUID.self)
      let user = UserID(id)
      let before = try await orders.attach("order_1", to: try await orders.create(for: user, packID: "ten-minutes").id)
      let after = try await orders.attach("order_2", to: try await orders.create(for: user, packID: "ten-minutes").id)
      let cause = LedgerCause.event("test", "1")
      guard case .credited = try await payments.capture(before.payment("pay_1"), of: before, cause: cause) else {
        Issue.record("the first payment was not credited")
        return
      }
      try await pool.query(
        """
        UPDATE users SET email = '', address_problem = 'deleted', deleted_at = clock_timestamp() WHERE id = \(id)
        """)
      #expect(try await payments.capture(after.payment("pay_2"), of: after, cause: cause) == .surplus)
      guard case .credited = try await payments.capture(before.payment("pay_1"), of: before, cause: cause) else {
        Issue.record("a repeated report of the first payment takes it back")
        return
      }
      #expect(try await PostgresWalletReader(database: pool).balance(of: user).wallet.available == .minutes(10))
      #expect(try await orders.order(after.id)?.status == .expired)
      await #expect(throws: BillingError.unavailable) { try await orders.create(for: user, packID: "ten-minutes") }
      let refunds = PostgresRefundRepository(database: pool)
      let refund = try await refunds.requestReturn(of: after.payment("pay_2"), order: after)
      #expect(refund.origin == .surplus && refund.money == after.price)
      #expect(try await LedgerAudit(database: pool).verify().problems == [])
    }
  }
}

extension PostgresPool {
  /// Whether the server refuses the statement, by a missing right or by a trigger.
  fileprivate func refusesChange(_ statement: String) async throws -> Bool {
    do throws(PostgresError) {
      try await query(PostgresQuery(script: statement))
      return false
    } catch {
      guard case .server = error.kind else { throw error }
      return true
    }
  }
}
