import Domain

/// Tells an owner which ways to sign in were removed, and why.
public struct SendWaysInRemovedMail: TaskHandler {
  public let type = TaskType.waysInRemovedMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = WaysInRemovedMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver.news(
      .waysInRemoved(payload, link: "\(publicURL)/"), to: user, customID: "ways-in-removed-\(payload.changeID)",
      for: task)
  }
}
