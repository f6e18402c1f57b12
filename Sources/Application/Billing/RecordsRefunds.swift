import Domain

/// What an operator asks for.
public struct RefundRequest: Sendable, Equatable {
  public let order: OrderID
  /// Nil for the value of the order's unspent time.
  public let amount: Paise?
  /// More than that value may go back.
  public let force: Bool
  public let reason: String?
  public let actor: UserID
  /// The same on each try of the request.
  public let key: String

  public init(order: OrderID, amount: Paise?, force: Bool, reason: String?, actor: UserID, key: String) {
    self.order = order
    self.amount = amount
    self.force = force
    self.reason = reason
    self.actor = actor
    self.key = key
  }
}

/// A dispute as Razorpay tells it.
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

/// Refunds and disputes, and the talk time that goes with them. Each method is one transaction, and doing it again does
/// nothing more.
public protocol RecordsRefunds: Sendable {
  /// Writes the refund down and sets its time aside, before Razorpay is asked.
  /// - Throws: `orderNotFound`, `notRefundable`, `nothingToRefund`, `refundExceedsPayment`, `refundExceedsUnspent`.
  func request(_ request: RefundRequest) async throws(BillingError) -> Refund
  /// A payment that credited nothing is to go back whole.
  func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund
  /// Brings Razorpay's record of a refund into the books: settles what was processed, releases what failed.
  func record(_ refund: GatewayRefund, of order: OrderID, cause: Cause) async throws(BillingError) -> Refund
  /// Razorpay refuses it for good: it has failed.
  func refuse(_ refund: RefundID, cause: Cause) async throws(BillingError) -> Refund
  /// Freezes the wallet while the dispute is open; a lost one takes the time as a refund does.
  func record(_ dispute: GatewayDispute, of order: OrderID, cause: Cause) async throws(BillingError)
  /// Those that Razorpay should be asked about (again), each for a while.
  func takeDue(limit: Int) async throws(BillingError) -> [Refund]
  /// Newest last.
  func refunds(of order: OrderID) async throws(BillingError) -> [Refund]
}
