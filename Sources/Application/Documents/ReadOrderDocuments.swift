import Domain

public enum ReadOrderDocumentsError: StableError {
  case unavailable
  /// The order does not exist, belongs to another user, or is older than the receipts.
  case notFound
  case creditNoteNotFound
  case debitNoteNotFound
  case notPaid

  public var code: String {
    switch self {
    case .unavailable: "billing_unavailable"
    case .notFound, .creditNoteNotFound, .debitNoteNotFound: "not_found"
    case .notPaid: "not_paid"
    }
  }
}

/// Reads the documents of a user's own order. A receipt that is not issued yet is issued on the first read.
public struct ReadOrderDocuments: Sendable {
  private let orders: any OrderRepository
  private let documents: any DocumentReader
  private let issue: IssueDueDocuments

  public init(orders: any OrderRepository, documents: any DocumentReader, issue: IssueDueDocuments) {
    self.orders = orders
    self.documents = documents
    self.issue = issue
  }

  public func callAsFunction(_ id: OrderID, by user: UserID) async throws(ReadOrderDocumentsError) -> TaxDocument {
    let order = try await own(id, user)
    if order.status == .legacy { throw .notFound }
    guard order.status.isPaid else { throw .notPaid }
    do {
      if let receipt = try await documents.receipt(of: id) { return receipt }
      try await issue()
      guard let receipt = try await documents.receipt(of: id) else { throw BillingError.unavailable }
      return receipt
    } catch { throw .unavailable }
  }

  /// Empty if nothing was refunded.
  public func creditNotes(of id: OrderID, by user: UserID) async throws(ReadOrderDocumentsError) -> [TaxDocument] {
    _ = try await own(id, user)
    do {
      let notes = try await documents.creditNotes(of: id)
      if !notes.isEmpty { return notes }
      try await issue()
      return try await documents.creditNotes(of: id)
    } catch { throw .unavailable }
  }

  /// Empty where no refund came back.
  public func debitNotes(of id: OrderID, by user: UserID) async throws(ReadOrderDocumentsError) -> [TaxDocument] {
    _ = try await own(id, user)
    do {
      let notes = try await documents.debitNotes(of: id)
      if !notes.isEmpty { return notes }
      try await issue()
      return try await documents.debitNotes(of: id)
    } catch { throw .unavailable }
  }

  public func debitNote(
    _ number: DocumentNumber, of id: OrderID, by user: UserID
  ) async throws(ReadOrderDocumentsError) -> TaxDocument {
    guard let note = try await debitNotes(of: id, by: user).first(where: { $0.number == number }) else {
      throw .debitNoteNotFound
    }
    return note
  }

  public func creditNote(
    _ number: DocumentNumber, of id: OrderID, by user: UserID
  ) async throws(ReadOrderDocumentsError) -> TaxDocument {
    guard let note = try await creditNotes(of: id, by: user).first(where: { $0.number == number }) else {
      throw .creditNoteNotFound
    }
    return note
  }

  private func own(_ id: OrderID, _ user: UserID) async throws(ReadOrderDocumentsError) -> Order {
    let found: Order?
    do { found = try await orders.order(id) } catch { throw .unavailable }
    guard let order = found, order.user == user else { throw .notFound }
    return order
  }
}
