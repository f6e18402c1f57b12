import Domain

/// A user's mail address, and whether it is proven.
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
  /// Nil if the account is deleted, or has no address of its own: another account has the address, it is none, or the
  /// account is merged.
  func recipient(_ user: UserID) async throws -> Recipient?
  /// Whether the account is deleted, so that nobody needs a mail to it.
  func isDeleted(_ user: UserID) async throws -> Bool
}
