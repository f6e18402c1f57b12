public struct UserRegistered: DomainEvent, Equatable {
  public static let type = "user.registered"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public var subject: String { userID.description }
  public init(userID: UserID) { self.userID = userID }
  enum CodingKeys: String, CodingKey { case userID = "user_id" }
}

public struct UserDeleted: DomainEvent, Equatable {
  public static let type = "user.deleted"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public var subject: String { userID.description }
  public init(userID: UserID) { self.userID = userID }
  enum CodingKeys: String, CodingKey { case userID = "user_id" }
}

public struct UserDisabled: DomainEvent, Equatable {
  public static let type = "user.disabled"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public var subject: String { userID.description }
  public init(userID: UserID) { self.userID = userID }
  enum CodingKeys: String, CodingKey { case userID = "user_id" }
}

/// A Google account became a way to sign in to an account with a proven address.
public struct GoogleLinked: DomainEvent, Equatable {
  public static let type = "user.google_linked"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// Tells this link from an earlier one of the same account.
  public let linkID: String
  public var subject: String { userID.description }
  public init(userID: UserID, linkID: String) {
    self.userID = userID
    self.linkID = linkID
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", linkID = "link_id" }
}

/// A verification mail is due. The link's secret is derived when the mail is written, so no event contains it.
public struct EmailVerificationRequested: DomainEvent, Equatable {
  public static let type = "email.verification_requested"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// The `account_links` row that the link names.
  public let verificationID: String
  public var subject: String { userID.description }
  public init(userID: UserID, verificationID: String) {
    self.userID = userID
    self.verificationID = verificationID
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", verificationID = "verification_id" }
}

/// The address is proven: mails that waited for the proof may be sent.
public struct EmailVerified: DomainEvent, Equatable {
  public static let type = "email.verified"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public var subject: String { userID.description }
  public init(userID: UserID) { self.userID = userID }
  enum CodingKeys: String, CodingKey { case userID = "user_id" }
}
