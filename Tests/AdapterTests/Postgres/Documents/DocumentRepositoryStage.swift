import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Synchronization
import Testing

/// The ports of documents, functions that fill their tables, and the use case that issues documents.
struct DocumentRepositoryStage: Sendable {
  let documents: any DocumentRegister & DocumentReader
  let clock: FakeClock
  /// A paid order at 18 %.
  let pay: @Sendable (_ price: Paise, _ state: GSTState?, _ paidAt: Date) async throws -> OrderID
  /// - Parameter processed: whether the money has been sent.
  let refund: @Sendable (_ amount: Paise, OrderID, _ wasDisputed: Bool) async throws -> String
  /// Records a fee that the buyer paid in addition to the order's price.
  let fee: @Sendable (_ fee: Paise, OrderID) async throws -> Void
  /// Records that the bank has returned a refund.
  let sendBack: @Sendable (_ refund: String) async throws -> Void

  var issue: IssueDueDocuments { Self.issuer(documents) }

  /// For a seller who is registered in Karnataka.
  static func issuer(_ documents: any DocumentRegister, gstin: String? = "29AAGCB7383J1Z4") -> IssueDueDocuments {
    IssueDueDocuments(
      documents: documents,
      seller: Seller(
        name: "Talktime", address: nil, gstin: gstin.flatMap { GSTIN($0) }, state: .karnataka, sac: "998439"),
      sellerState: .karnataka)
  }

  static func with(
    _ kind: BillingStoreKind, _ body: @Sendable (DocumentRepositoryStage) async throws -> Void
  ) async throws {
    // 25 November 2026, in the financial year 2627.
    let clock = FakeClock(Date(timeIntervalSince1970: 1_795_600_000))
    switch kind {
    case .memory: try await body(inMemory(clock))
    case .postgres:
      try await withMigratedDatabase { database in try await body(inPostgres(database.pool, clock)) }
    }
  }

  private static func inMemory(_ clock: FakeClock) -> DocumentRepositoryStage {
    let documents = InMemoryDocumentRepository(clock: clock)
    let fees = Mutex<[OrderID: Paise]>([:])
    return DocumentRepositoryStage(
      documents: documents, clock: clock,
      pay: { price, state, paidAt in
        let id = OrderID(UUID())
        documents.add(
          ReceiptOrder(
            id: id, paymentID: "pay_\(id)", item: "Ten minutes", talkTime: .minutes(10), price: Money(price),
            taxRate: .standard, buyer: DocumentBuyer(name: "Asha", email: "asha@example.com", gstin: nil, state: state),
            buyerState: state, paidAt: paidAt))
        return id
      },
      refund: { amount, order, wasDisputed in
        let id = UUID().uuidString.lowercased()
        documents.returned(
          amount, of: order, id: id, razorpayID: wasDisputed ? nil : "rfnd_\(id)",
          customerFee: fees.withLock { $0[order] } ?? .zero, wasDisputed: wasDisputed)
        return id
      },
      fee: { fee, order in fees.withLock { $0[order] = fee } }, sendBack: { documents.sentBack($0) })
  }

  private static func inPostgres(_ pool: PostgresPool, _ clock: FakeClock) -> DocumentRepositoryStage {
    DocumentRepositoryStage(
      documents: PostgresDocumentRepository(database: pool, clock: clock), clock: clock,
      pay: { price, state, paidAt in try await paid(price, state, paidAt, pool) },
      refund: { amount, order, wasDisputed in
        let id = UUID()
        let razorpayID = wasDisputed ? nil : "rfnd_\(id.uuidString.lowercased())"
        try await insertRefund(
          id, amount, order, origin: wasDisputed ? "dispute" : "operator", razorpayID: razorpayID, pool)
        return id.uuidString.lowercased()
      },
      fee: { fee, order in
        try await pool.query(
          """
          UPDATE payments SET amount = amount + \(fee.count), customer_fee = \(fee.count)
          WHERE transaction_id = \(order.uuid)
          """)
      },
      sendBack: { id in
        try await pool.query("UPDATE refunds SET status = 'failed' WHERE id = \(UUID(uuidString: id))")
      })
  }

  static func paid(
    _ price: Paise, _ state: GSTState?, _ paidAt: Date?, guide: String? = nil, _ pool: PostgresPool
  ) async throws -> OrderID {
    let (id, user) = (OrderID(UUID()), UUID())
    try await pool.query(
      "INSERT INTO users (id, email, name) VALUES (\(user), \("asha-\(user)@example.com"), 'Asha')")
    try await pool.query(
      """
      INSERT INTO transactions (id, user_id, pack_id, pack_version, amount, currency, talktime_ms, status, paid_at,
        razorpay_payment_id, buyer_state, guide_status)
      VALUES (\(id.uuid), \(user), 'ten-minutes', 1, \(price.count), 'INR', 600000,
        \(paidAt == nil ? "created" : "paid"), \(paidAt), \("pay_\(id)"), \(state?.code), \(guide))
      """)
    try await pool.query(
      """
      INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, credited)
      VALUES (\("pay_\(id)"), \(id.uuid), \(price.count), 'INR', 'captured', true)
      """)
    return id
  }

  static func insertRefund(
    _ id: UUID, _ amount: Paise, _ order: OrderID, origin: String, status: String = "processed", payment: String? = nil,
    razorpayID: String? = nil, _ pool: PostgresPool
  ) async throws {
    try await pool.query(
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
        finished_at)
      VALUES (\(id), \(order.uuid), \(payment ?? "pay_\(order)"), \(razorpayID), \(amount.count), 'INR', \(status),
        \(origin), CASE WHEN \(status) = 'processed' THEN clock_timestamp() END)
      """)
  }
}
