public enum PasskeyChange: String, Sendable, Codable, CaseIterable { case added, removed }

/// A passkey was added to an account with a proven address, or removed from it: its owner is told by mail.
public struct PasskeyChanged: DomainEvent, Equatable {
  public static let type = "passkey.changed"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public let passkeyID: String
  public let change: PasskeyChange
  public var subject: String { userID.description }
  public init(userID: UserID, passkeyID: String, change: PasskeyChange) {
    self.userID = userID
    self.passkeyID = passkeyID
    self.change = change
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", passkeyID = "passkey_id", change }
}
