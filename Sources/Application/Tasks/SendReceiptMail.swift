import Domain

public struct SendReceiptMail: PerformsTask {
  public let type = TaskType.receiptMail
  private let deliver: DeliverMail

  public init(deliver: DeliverMail) { self.deliver = deliver }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = ReceiptPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver(
      .receipt(
        talkTime: payload.talkTime, money: Money(payload.amount, payload.currency), order: payload.orderID,
        payment: payload.paymentID),
      to: user, customID: "receipt-\(payload.paymentID)", attempt: task.attempt)
  }
}
