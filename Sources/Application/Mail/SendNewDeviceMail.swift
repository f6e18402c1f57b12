import Domain

/// Tells an owner that somebody signed in with a device that the account has not seen.
public struct SendNewDeviceMail: TaskHandler {
  public let type = TaskType.newDeviceMail
  private let deliver: DeliverMail
  private let publicURL: String

  public init(deliver: DeliverMail, publicURL: String) {
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = NewDeviceMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver.news(
      .newDevice(payload, link: "\(publicURL)/#forgot"), to: user, customID: "new-device-\(payload.deviceID)", for: task
    )
  }
}
