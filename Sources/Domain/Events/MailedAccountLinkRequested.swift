/// A mail with a link is due. The link's secret is derived when the mail is written, so no event contains it.
public struct MailedAccountLinkRequested: DomainEvent, Equatable {
  public static let type = "account.link_requested"
  public static let context = BoundedContext.identity
  public let userID: UserID
  /// The `account_links` row that the link names.
  public let linkID: String
  public let purpose: MailedAccountLinkPurpose
  public var subject: String { userID.description }
  public init(userID: UserID, linkID: String, purpose: MailedAccountLinkPurpose) {
    self.userID = userID
    self.linkID = linkID
    self.purpose = purpose
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", linkID = "link_id", purpose }
}
