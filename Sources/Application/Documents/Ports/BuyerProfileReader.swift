import Domain

/// Reads the stored buyer's profile of an account for its tax documents.
public protocol BuyerProfileReader: Sendable {
  /// Nil before the first order that contains buyer's details.
  func buyer(of user: UserID) async throws(BillingError) -> BuyerProfile?
}
