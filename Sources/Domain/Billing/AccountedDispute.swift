/// A dispute as the account of its order has it.
public struct AccountedDispute: Sendable, Equatable {
  public let id: String
  public let paymentID: String
  public let money: Money
  public internal(set) var status: DisputeStatus
  /// What a lost one took.
  public internal(set) var refund: RefundID?

  public init(id: String, paymentID: String, money: Money, status: DisputeStatus, refund: RefundID? = nil) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
    self.refund = refund
  }
}
