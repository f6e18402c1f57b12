/// A dispute as Razorpay reports it.
public struct GatewayDispute: Sendable, Equatable {
  public let id: String
  public let paymentID: String
  public let money: Money
  public let status: DisputeStatus

  public init(id: String, paymentID: String, money: Money, status: DisputeStatus) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
  }
}
