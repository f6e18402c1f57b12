import Domain

/// Tells an owner that the account got a second factor, or lost it. An address that nobody has proven is not told.
public struct SendSecondFactorMail: TaskHandler {
  public let type = TaskType.secondFactorMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = SecondFactorMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver.news(
      .secondFactorChanged(isAdded: payload.isAdded, link: "\(publicURL)/#forgot"), to: user,
      customID: "second-factor-\(payload.changeID)", for: task)
  }
}
