import Domain

/// Tells an owner of a change of the account, once a change. An address that nobody has proven is not told of what is of
/// interest only now: its reader may never have heard of the account.
public struct SendAccountNotice<Notice: AccountNotice>: TaskHandler {
  public let type = Notice.type
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let notice = Notice(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    let content = notice.content(publicURL: publicURL)
    return Notice.isNews
      ? await deliver.timely(content, to: user, customID: notice.customID, for: task)
      : await deliver(content, to: user, customID: notice.customID, for: task)
  }
}
