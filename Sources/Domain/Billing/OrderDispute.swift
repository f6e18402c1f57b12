/// A dispute in the aggregate of its order.
public struct OrderDispute: Sendable, Equatable {
  public let id: String
  public let paymentID: String
  public let money: Money
  public internal(set) var status: DisputeStatus
  /// The refund that took the talk time after the dispute was lost.
  public internal(set) var refund: RefundID?

  public init(id: String, paymentID: String, money: Money, status: DisputeStatus, refund: RefundID? = nil) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
    self.refund = refund
  }
}
