import Domain
import FoundationEssentials

/// A refund that Razorpay has not taken so far, or a payment that could not be sent back.
public struct WaitingRefund: Sendable, Equatable {
  /// The newest attempt: `requested`, or `failed` where no other follows by itself.
  public let refund: Refund
  public let user: UserID
  /// When the attempt was written down, by the store's clock.
  public let since: Date
  /// When Razorpay is asked next; nil where an operator has to.
  public let next: Date?

  public init(refund: Refund, user: UserID, since: Date, next: Date?) {
    self.refund = refund
    self.user = user
    self.since = since
    self.next = next
  }
}

/// Refunds and disputes, and the talk time that goes with them. Each method is one transaction, and doing it again does
/// nothing more.
public protocol RefundRepository: Sendable {
  /// Writes the refund down and sets its time aside, before Razorpay is asked.
  /// - Throws: `orderNotFound`, `notRefundable`, `nothingToRefund`, `refundExceedsPayment`, `refundExceedsUnspent`.
  func request(_ request: RefundRequest) async throws(BillingError) -> Refund
  /// A payment that credited nothing is to go back whole. Where an attempt fails, the next one is written down in the same
  /// transaction, after a pause of `PaymentReturnSchedule`.
  /// - Returns: the newest attempt; `failed` where an operator has to begin again.
  func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund
  /// An operator's word that it is to go back now: the attempt that waits, or a new one.
  /// - Throws: `notRefundable` where the payment was credited, `nothingToRefund` where nothing of it is left.
  func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund
  /// What an operator may have to look at, the oldest first.
  func waiting() async throws(BillingError) -> [WaitingRefund]
  /// Brings Razorpay's record of a refund into the books: settles what was processed, releases what failed. One that
  /// counted as refused stands again.
  func record(_ refund: GatewayRefund, of order: OrderID, cause: Cause) async throws(BillingError) -> Refund
  /// Razorpay refuses it and does not have it: it has failed.
  func refuse(_ refund: RefundID, cause: Cause) async throws(BillingError) -> Refund
  /// Freezes the wallet while the dispute is open; a lost one takes the time as a refund does.
  func record(_ dispute: GatewayDispute, of order: OrderID, cause: Cause) async throws(BillingError)
  /// Those that Razorpay should be asked about (again), each for a while.
  func claimDue(limit: Int) async throws(BillingError) -> [Refund]
  /// Newest last.
  func refunds(of order: OrderID) async throws(BillingError) -> [Refund]
}
