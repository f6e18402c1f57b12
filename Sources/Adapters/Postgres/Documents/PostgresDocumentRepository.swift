import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Stores receipts, credit notes and debit notes. Each series has its own lock, held while its next numbers are given
/// out. The next issuer continues after the last committed number. A document that was not committed never used a
/// number.
public struct PostgresDocumentRepository: DocumentRegister, DocumentReader {
  private let database: PostgresPool
  private let clock: (any WallClock)?
  private let outbox = PostgresOutbox(source: "billing")

  /// - Parameter clock: nil for the database's clock, which all instances share.
  public init(database: PostgresPool, clock: (any WallClock)? = nil) {
    self.database = database
    self.clock = clock
  }

  public func issueReceipts(
    upTo limit: Int, _ write: @escaping @Sendable (ReceiptOrder, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try await billing {
      guard try await database.query(unreceipted(upTo: 1)).rows.first != nil else { return 0 }
      return try await database.transaction { transaction in
        var place = try await open(.receipt, transaction)
        let waiting = try await transaction.query(unreceipted(upTo: limit)).rows
        for row in waiting {
          let order = try readPaidOrder(row)
          let document = try write(order, place.next())
          try await keep(document, place, row, refund: nil, transaction)
          try await transaction.query(
            "UPDATE transactions SET receipt = \(document.number.text) WHERE id = \(order.id.uuid)")
        }
        return waiting.count
      }
    }
  }

  public func issueCreditNotes(
    upTo limit: Int,
    _ write: @escaping @Sendable (ReceiptReversal, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try await billing {
      guard try await database.query(uncredited(upTo: 1)).rows.first != nil else { return 0 }
      return try await database.transaction { transaction in
        var place = try await open(.creditNote, transaction)
        var issued = 0
        for row in try await transaction.query(uncredited(upTo: limit)).rows {
          let refund = try row.get("refund_id", as: UUID.self)
          let back = try readReturnedMoney(row, try await standing(try row.get("id"), transaction))
          // An earlier refund in this batch may have used what was left of the receipt.
          guard back.creditable != nil else { continue }
          let document = try write(back, place.next())
          try await keep(document, place, row, refund: refund, transaction)
          try await transaction.query(
            "UPDATE refunds SET credit_note = \(document.number.text) WHERE id = \(refund)")
          issued += 1
        }
        return issued
      }
    }
  }

  public func issueDebitNotes(
    upTo limit: Int, _ write: @escaping @Sendable (TaxDocument, NextDocumentNumber) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try await billing {
      guard try await database.query(lapsed(upTo: 1)).rows.first != nil else { return 0 }
      return try await database.transaction { transaction in
        var place = try await open(.debitNote, transaction)
        let waiting = try await transaction.query(lapsed(upTo: limit)).rows
        for row in waiting {
          let refund = try row.get("refund_id", as: UUID.self)
          let document = try write(try readDocument(row), place.next())
          try await keep(document, place, row, refund: refund, transaction)
          try await transaction.query(
            "UPDATE refunds SET debit_note = \(document.number.text) WHERE id = \(refund)")
          try await outbox.append(
            DebitNoteIssued(
              userID: UserID(try row.get("user_id", as: UUID.self)),
              orderID: OrderID(try row.get("id", as: UUID.self)).description, refundID: RefundID(refund).description,
              number: document.number),
            in: transaction)
        }
        return waiting.count
      }
    }
  }

  public func receipt(of order: OrderID) async throws(BillingError) -> TaxDocument? {
    try await documents(.receipt, order).first
  }

  public func creditNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument] {
    try await documents(.creditNote, order)
  }

  public func debitNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument] {
    try await documents(.debitNote, order)
  }

  private func documents(_ kind: DocumentKind, _ order: OrderID) async throws(BillingError) -> [TaxDocument] {
    try await billing {
      try await database.query(
        """
        SELECT details FROM tax_documents WHERE transaction_id = \(order.uuid) AND kind = \(kind.rawValue)
        ORDER BY financial_year, sequence
        """
      ).rows.map(readDocument)
    }
  }

  // MARK: the series

  /// Locks the series and then reads its time, so that times within the series never decrease.
  private func open(_ kind: DocumentKind, _ transaction: PostgresTransaction) async throws -> Place {
    try await transaction.query(
      "SELECT pg_advisory_xact_lock(hashtextextended(\("talktime:documents:" + kind.rawValue), 0))")
    let now = try await transaction.query("SELECT clock_timestamp() AS now").rows.first?.get("now", as: Date.self)
    let at = clock?.now() ?? now ?? Date()
    let last = try await transaction.query(
      """
      SELECT coalesce(max(sequence), 0) AS last FROM tax_documents
      WHERE kind = \(kind.rawValue) AND financial_year = \(FinancialYear(of: at).description)
      """)
    return Place(at: at, last: try last.rows.first?.get("last") ?? 0)
  }

  private struct Place {
    let at: Date
    var last: Int
    var year: String { FinancialYear(of: at).description }

    mutating func next() -> NextDocumentNumber {
      last += 1
      return NextDocumentNumber(issuedAt: at, sequence: last)
    }
  }

  private func keep(
    _ document: TaxDocument, _ place: Place, _ row: PostgresRow, refund: UUID?, _ transaction: PostgresTransaction
  ) async throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let details = PostgresJSON(String(decoding: try encoder.encode(document), as: UTF8.self))
    try await transaction.query(
      """
      INSERT INTO tax_documents (number, kind, financial_year, sequence, user_id, transaction_id, refund_id, details,
        issued_at)
      VALUES (\(document.number.text), \(document.kind.rawValue), \(place.year), \(place.last),
        \(try row.get("user_id", as: UUID.self)), \(try row.get("id", as: UUID.self)), \(refund), \(details), \(place.at))
      """)
  }

  /// The order's credit notes that were not reversed.
  private func standing(_ order: UUID, _ transaction: PostgresTransaction) async throws -> [TaxDocument] {
    try await transaction.query(
      """
      SELECT d.details FROM refunds r JOIN tax_documents d ON d.number = r.credit_note
      WHERE r.transaction_id = \(order) AND r.debit_note IS NULL
      """
    ).rows.map(readDocument)
  }
}

// MARK: orders and refunds that wait for a document

private func unreceipted(upTo limit: Int) -> PostgresQuery {
  """
  SELECT t.id, t.user_id, t.razorpay_payment_id, t.pack_id, v.name AS pack_name, t.talktime_ms, t.amount, t.currency,
    t.tax_rate_bp, t.buyer_state, t.buyer_gstin, t.paid_at, coalesce(t.buyer_name, u.name) AS name, t.buyer_address,
    nullif(u.email, '') AS email
  FROM transactions t
    LEFT JOIN pack_versions v ON v.pack_id = t.pack_id AND v.version = t.pack_version
    LEFT JOIN users u ON u.id = t.user_id
  WHERE t.paid_at IS NOT NULL AND t.receipt IS NULL AND t.guide_status IS NULL
  ORDER BY t.paid_at, t.id LIMIT \(limit)
  """
}

/// Refunds that wait for a credit note. A refund of a payment that credited nothing is excluded, since no receipt
/// covers it. A refund that does not fit into its receipt is left out, so that it delays no other.
private func uncredited(upTo limit: Int) -> PostgresQuery {
  """
  SELECT r.id AS refund_id, r.razorpay_refund_id, r.amount, r.origin, p.customer_fee, t.id, t.user_id, d.details
  FROM refunds r
    JOIN payments p ON p.razorpay_payment_id = r.razorpay_payment_id AND p.credited
    JOIN transactions t ON t.id = r.transaction_id
    JOIN tax_documents d ON d.number = t.receipt
    CROSS JOIN LATERAL (
      SELECT (d.details ->> 'amount')::bigint - coalesce(sum((n.details ->> 'amount')::bigint), 0) AS paise
      FROM refunds s JOIN tax_documents n ON n.number = s.credit_note
      WHERE s.transaction_id = r.transaction_id AND s.debit_note IS NULL) remaining
  WHERE r.status = 'processed' AND r.credit_note IS NULL AND r.origin <> 'surplus'
    AND (r.amount <= remaining.paise OR remaining.paise > 0 AND r.amount - remaining.paise <= p.customer_fee)
  ORDER BY r.finished_at, r.number LIMIT \(limit)
  """
}

/// Credit notes of failed refunds, whose money did not stay with the buyer.
private func lapsed(upTo limit: Int) -> PostgresQuery {
  """
  SELECT r.id AS refund_id, t.id, t.user_id, d.details
  FROM refunds r
    JOIN transactions t ON t.id = r.transaction_id
    JOIN tax_documents d ON d.number = r.credit_note
  WHERE r.status = 'failed' AND r.credit_note IS NOT NULL AND r.debit_note IS NULL
  ORDER BY r.number LIMIT \(limit)
  """
}

private func readPaidOrder(_ row: PostgresRow) throws -> ReceiptOrder {
  guard let currency = Currency(try row.get("currency", as: String.self)),
    let rate = TaxRate(basisPoints: try row.get("tax_rate_bp"))
  else { throw LedgerError.corrupt }
  let gstin = try row.get("buyer_gstin", as: String?.self)
  let state =
    try row.get("buyer_state", as: String?.self).flatMap { GSTState($0) } ?? gstin.flatMap { GSTIN($0)?.state }
  return ReceiptOrder(
    id: OrderID(try row.get("id", as: UUID.self)),
    paymentID: try row.get("razorpay_payment_id", as: String?.self) ?? "",
    item: try row.get("pack_name", as: String?.self) ?? row.get("pack_id"),
    talkTime: .milliseconds(try row.get("talktime_ms")), price: Money(Paise(try row.get("amount")), currency),
    taxRate: rate,
    buyer: DocumentBuyer(
      name: try row.get("name"), address: try row.get("buyer_address"), email: try row.get("email"), gstin: gstin,
      state: state),
    buyerState: state, paidAt: try row.get("paid_at"))
}

private func readReturnedMoney(_ row: PostgresRow, _ standing: [TaxDocument]) throws -> ReceiptReversal {
  ReceiptReversal(
    receipt: try readDocument(row), refundID: try row.get("refund_id", as: UUID.self).uuidString.lowercased(),
    razorpayRefundID: try row.get("razorpay_refund_id"), amount: Paise(try row.get("amount")),
    customerFee: Paise(try row.get("customer_fee")), standing: standing,
    wasDisputed: try row.get("origin", as: String.self) == "dispute")
}

/// - Throws: an error for details that no document can have.
func readDocument(_ row: PostgresRow) throws -> TaxDocument {
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .iso8601
  return try decoder.decode(TaxDocument.self, from: Data(try row.get("details", as: String.self).utf8))
}
