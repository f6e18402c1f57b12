import Domain

/// What is kept of an account for its tax documents.
public protocol BuyerProfileReader: Sendable {
  /// Nil before the first order that says anything.
  func buyer(of user: UserID) async throws(BillingError) -> BuyerProfile?
}
