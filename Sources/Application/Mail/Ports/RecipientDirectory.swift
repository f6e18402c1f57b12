import Domain

/// Where a user's mail goes, and whether the address is proven.
public struct Recipient: Sendable, Equatable {
  public let userID: UserID
  public let email: String
  public let name: String?
  public let verified: Bool

  public init(userID: UserID, email: String, name: String?, verified: Bool) {
    self.userID = userID
    self.email = email
    self.name = name
    self.verified = verified
  }
}

public protocol RecipientDirectory: Sendable {
  /// Nil when the account is gone, or has no address that is its own.
  func recipient(_ user: UserID) async throws -> Recipient?
}
