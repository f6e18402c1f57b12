import Domain

/// Informs a user that a Google account became a way to sign in to the account.
public struct SendGoogleLinkedMail: TaskHandler {
  public let type = TaskType.googleLinkedMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = GoogleLinkedMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver(
      .googleLinked(link: "\(publicURL)/"), to: user, customID: "google-linked-\(payload.linkID)", for: task)
  }
}
