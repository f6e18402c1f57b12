import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresBuyerEraser: BuyerEraser {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func erase(_ user: UserID) async throws {
    try await database.transaction { transaction in
      try await wait(for: user, transaction)
      try await transaction.query("DELETE FROM buyers WHERE user_id = \(user.uuid)")
      try await transaction.query("DELETE FROM idempotency_answers WHERE user_id = \(user.uuid)")
      try await eraseOrders(of: user, transaction)
      try await eraseDocuments(of: user, transaction)
      try await eraseWebhooks(of: user, transaction)
    }
  }

  /// Waits for an order that is being placed and for documents that are being issued: each has read the account before
  /// it was deleted. Later ones find it deleted.
  private func wait(for user: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(\("orders:\(user)"), 0))")
    for kind in DocumentKind.allCases {
      try await transaction.query(
        "SELECT pg_advisory_xact_lock(hashtextextended(\("talktime:documents:" + kind.rawValue), 0))")
    }
  }

  /// The place of supply stays: the tax was paid there.
  private func eraseOrders(of user: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE transactions SET buyer_name = NULL, buyer_address = NULL,
        buyer_gstin = CASE WHEN paid_at IS NOT NULL THEN buyer_gstin END
      WHERE user_id = \(user.uuid)
        AND (paid_at IS NULL OR buyer_gstin IS NULL AND amount < \(TaxDocument.alwaysNamed.count))
        AND (buyer_name IS NOT NULL OR buyer_address IS NOT NULL OR buyer_gstin IS NOT NULL)
      """)
  }

  private func eraseDocuments(of user: UserID, _ transaction: PostgresTransaction) async throws {
    for row in try await transaction.query("SELECT details FROM tax_documents WHERE user_id = \(user.uuid)").rows {
      let document = try readDocument(row)
      try await transaction.query(
        """
        UPDATE tax_documents SET details = CASE WHEN \(document.mustNameBuyer) THEN details #- '{buyer,email}'
          ELSE details #- '{buyer,email}' #- '{buyer,name}' #- '{buyer,address}' END
        WHERE number = \(document.number.text)
        """)
    }
  }

  /// Razorpay's reports name the payer. Those that are not handled yet are emptied when they are.
  private func eraseWebhooks(of user: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE razorpay_webhooks SET body = ''::bytea
      WHERE done_at IS NOT NULL AND subject = ANY(ARRAY(
        SELECT razorpay_order_id FROM transactions WHERE user_id = \(user.uuid) AND razorpay_order_id IS NOT NULL
        UNION SELECT p.razorpay_payment_id FROM payments p JOIN transactions t ON t.id = p.transaction_id
        WHERE t.user_id = \(user.uuid)))
      """)
  }
}
