import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Receipts and credit notes. Each series has a lock of its own, held while its next numbers are given out: who waits for
/// it goes on where the other has ended, and what was not committed was never numbered.
public struct PostgresDocuments: IssuesDocuments, ReadsDocuments {
  private let database: PostgresPool
  private let clock: (any WallClock)?

  /// - Parameter clock: nil for the database's own, which all instances share.
  public init(database: PostgresPool, clock: (any WallClock)? = nil) {
    self.database = database
    self.clock = clock
  }

  public func issueReceipts(
    upTo limit: Int, _ write: @escaping @Sendable (PaidOrder, DocumentSlot) throws(BillingError) -> TaxDocument
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
    upTo limit: Int, _ write: @escaping @Sendable (ReturnedMoney, DocumentSlot) throws(BillingError) -> TaxDocument
  ) async throws(BillingError) -> Int {
    try await billing {
      guard try await database.query(uncredited(upTo: 1)).rows.first != nil else { return 0 }
      return try await database.transaction { transaction in
        var place = try await open(.creditNote, transaction)
        let waiting = try await transaction.query(uncredited(upTo: limit)).rows
        for row in waiting {
          let refund = try row.get("refund_id", as: UUID.self)
          let earlier = try await credited(try row.get("id"), transaction)
          let document = try write(try readReturnedMoney(row, earlier), place.next())
          try await keep(document, place, row, refund: refund, transaction)
          try await transaction.query(
            "UPDATE refunds SET credit_note = \(document.number.text) WHERE id = \(refund)")
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

  /// Takes the lock of the series; its time is looked at after that, so that it does not run backwards in it.
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

    mutating func next() -> DocumentSlot {
      last += 1
      return DocumentSlot(issuedAt: at, sequence: last)
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

  /// What the order's credit notes have taken so far.
  private func credited(_ order: UUID, _ transaction: PostgresTransaction) async throws -> Paise {
    let sum = try await transaction.query(
      """
      SELECT coalesce(sum(amount), 0)::bigint AS amount FROM refunds
      WHERE transaction_id = \(order) AND credit_note IS NOT NULL
      """)
    return Paise(try sum.rows.first?.get("amount") ?? 0)
  }
}

// MARK: what waits

private func unreceipted(upTo limit: Int) -> PostgresQuery {
  """
  SELECT t.id, t.user_id, t.razorpay_payment_id, t.pack_id, v.name AS pack_name, t.talktime_ms, t.amount, t.currency,
    t.tax_rate_bp, t.buyer_state, t.buyer_gstin, t.paid_at, u.name, u.email
  FROM transactions t
    LEFT JOIN pack_versions v ON v.pack_id = t.pack_id AND v.version = t.pack_version
    LEFT JOIN users u ON u.id = t.user_id
  WHERE t.paid_at IS NOT NULL AND t.receipt IS NULL AND t.guide_status IS NULL
  ORDER BY t.paid_at, t.id LIMIT \(limit)
  """
}

/// A refund of a payment that credited nothing took nothing back that a receipt had given.
private func uncredited(upTo limit: Int) -> PostgresQuery {
  """
  SELECT r.id AS refund_id, r.razorpay_refund_id, r.amount, r.origin, t.id, t.user_id, d.details
  FROM refunds r
    JOIN payments p ON p.razorpay_payment_id = r.razorpay_payment_id AND p.credited
    JOIN transactions t ON t.id = r.transaction_id
    JOIN tax_documents d ON d.number = t.receipt
  WHERE r.status = 'processed' AND r.credit_note IS NULL AND r.origin <> 'surplus'
  ORDER BY r.finished_at, r.number LIMIT \(limit)
  """
}

private func readPaidOrder(_ row: PostgresRow) throws -> PaidOrder {
  guard let currency = Currency(try row.get("currency", as: String.self)),
    let rate = TaxRate(basisPoints: try row.get("tax_rate_bp"))
  else { throw LedgerError.corrupt }
  let gstin = try row.get("buyer_gstin", as: String?.self)
  let state =
    try row.get("buyer_state", as: String?.self).flatMap { GSTState($0) } ?? gstin.flatMap { GSTIN($0)?.state }
  return PaidOrder(
    id: OrderID(try row.get("id", as: UUID.self)),
    paymentID: try row.get("razorpay_payment_id", as: String?.self) ?? "",
    item: try row.get("pack_name", as: String?.self) ?? row.get("pack_id"),
    talkTime: .milliseconds(try row.get("talktime_ms")), price: Money(Paise(try row.get("amount")), currency),
    taxRate: rate,
    buyer: DocumentBuyer(name: try row.get("name"), email: try row.get("email"), gstin: gstin, state: state),
    buyerState: state, paidAt: try row.get("paid_at"))
}

private func readReturnedMoney(_ row: PostgresRow, _ earlier: Paise) throws -> ReturnedMoney {
  ReturnedMoney(
    receipt: try readDocument(row), refundID: try row.get("refund_id", as: UUID.self).uuidString.lowercased(),
    razorpayRefundID: try row.get("razorpay_refund_id"), amount: Paise(try row.get("amount")), earlier: earlier,
    wasDisputed: try row.get("origin", as: String.self) == "dispute")
}

private func readDocument(_ row: PostgresRow) throws -> TaxDocument {
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .iso8601
  return try decoder.decode(TaxDocument.self, from: Data(try row.get("details", as: String.self).utf8))
}
