import Domain

/// Informs a buyer that a payment which credited no talk time has been sent back. There is no document for it, because
/// nothing was sold.
public struct SendPaymentReturnMail: TaskHandler {
  public let type = TaskType.paymentReturnMail
  private let deliver: DeliverMail

  public init(deliver: DeliverMail) { self.deliver = deliver }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = PaymentReturnMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    return await deliver(
      .paymentReturned(Money(payload.amount, payload.currency), paymentID: payload.paymentID), to: user,
      customID: "payment-return-\(payload.refundID)", for: task)
  }
}
