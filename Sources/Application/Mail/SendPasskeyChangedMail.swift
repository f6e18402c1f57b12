import Domain

/// Informs a user that a passkey was added to the account, or removed from it.
public struct SendPasskeyChangedMail: TaskHandler {
  public let type = TaskType.passkeyChangedMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = PasskeyChangedMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver(
      .passkeyChanged(payload.change, link: "\(publicURL)/"), to: user,
      customID: "passkey-\(payload.change.rawValue)-\(payload.passkeyID)", for: task)
  }
}
