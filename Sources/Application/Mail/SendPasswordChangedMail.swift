import Domain

/// Tells an owner that the password is another one. An address that nobody has proven is not told: its reader may never
/// have heard of the account.
public struct SendPasswordChangedMail: TaskHandler {
  public let type = TaskType.passwordChangedMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = PasswordChangedMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver.news(
      .passwordChanged(link: "\(publicURL)/#forgot"), to: user, customID: "password-changed-\(payload.changeID)",
      for: task)
  }
}
