/// A mail with a link is due. The link's secret is derived when the mail is written, so no event contains it.
public struct AccountLinkRequested: DomainEvent, Equatable {
  public static let type = "account.link_requested"
  public static let context = EventContext.identity
  public let userID: UserID
  /// The `account_links` row that the link names.
  public let linkID: String
  public let purpose: AccountLinkPurpose
  public var subject: String { userID.description }
  public init(userID: UserID, linkID: String, purpose: AccountLinkPurpose) {
    self.userID = userID
    self.linkID = linkID
    self.purpose = purpose
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", linkID = "link_id", purpose }
}
