import Domain

public protocol DocumentReader: Sendable {
  /// Nil while there is none.
  func receipt(of order: OrderID) async throws(BillingError) -> TaxDocument?
  /// In the order of their numbers.
  func creditNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument]
  /// In the order of their numbers.
  func debitNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument]
}
