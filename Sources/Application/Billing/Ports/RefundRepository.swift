import Domain
import FoundationEssentials

/// A refund that Razorpay has not accepted so far, or a payment that could not be sent back.
public struct WaitingRefund: Sendable, Equatable {
  /// The newest attempt: `requested`, or `failed` if no other attempt follows by itself.
  public let refund: Refund
  public let user: UserID
  /// When the attempt was stored, by the store's clock.
  public let since: Date
  /// When Razorpay is asked next; nil if an operator has to act.
  public let next: Date?

  public init(refund: Refund, user: UserID, since: Date, next: Date?) {
    self.refund = refund
    self.user = user
    self.since = since
    self.next = next
  }
}

/// The store of refunds and disputes, and of the talk time that they move. Each method is one transaction. A repeat has
/// no further effect.
public protocol RefundRepository: Sendable {
  /// Stores the refund and sets its talk time aside, before Razorpay is asked.
  /// - Throws: `orderNotFound`, `notRefundable`, `nothingToRefund`, `refundExceedsPayment`, `refundExceedsUnspent`,
  ///   `dailyCapReached`: of refunds at once, on any instances, only as many are stored as are below the cap.
  func request(_ request: RefundInstruction) async throws(BillingError) -> Refund
  /// Requests the return of a whole payment that credited nothing. If an attempt fails, the next one is stored in the
  /// same transaction, after a pause of `PaymentReturnSchedule`.
  /// - Returns: the newest attempt; `failed` if an operator has to begin again.
  func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund
  /// Returns the payment now at an operator's request, with the attempt that waits or a new one.
  /// - Throws: `notRefundable` if the payment was credited, `nothingToRefund` if nothing of it is left.
  func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund
  /// The refunds that an operator may have to look at, the oldest first.
  func waiting() async throws(BillingError) -> [WaitingRefund]
  /// Records Razorpay's refund: settles a processed refund, and releases the talk time of a failed one. A refund that
  /// counted as refused becomes valid again.
  func record(_ refund: GatewayRefund, of order: OrderID, cause: LedgerCause) async throws(BillingError) -> Refund
  /// Marks the refund as failed: Razorpay refuses it and does not have it.
  func refuse(_ refund: RefundID, cause: LedgerCause) async throws(BillingError) -> Refund
  /// Freezes the wallet while the dispute is open. A lost dispute takes talk time as a refund does.
  func record(_ dispute: GatewayDispute, of order: OrderID, cause: LedgerCause) async throws(BillingError)
  /// Claims, for a while, the refunds that Razorpay should be asked about for the first time or again.
  func claimDue(limit: Int) async throws(BillingError) -> [Refund]
  /// Newest last.
  func refunds(of order: OrderID) async throws(BillingError) -> [Refund]
}
