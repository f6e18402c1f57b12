import Domain

public protocol DocumentReader: Sendable {
  /// Nil if no receipt exists.
  func receipt(of order: OrderID) async throws(BillingError) -> TaxDocument?
  /// In the order of their numbers.
  func creditNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument]
  /// In the order of their numbers.
  func debitNotes(of order: OrderID) async throws(BillingError) -> [TaxDocument]
}
