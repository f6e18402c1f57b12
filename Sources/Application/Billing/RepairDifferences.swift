import Domain

/// Records here what a comparison found only at Razorpay. An operator handles what is found only here.
public struct RepairDifferences: Sendable {
  private let confirm: ApplyPaymentUpdate
  private let refunds: any RefundAndDisputeReportHandler

  public init(confirm: ApplyPaymentUpdate, refunds: any RefundAndDisputeReportHandler) {
    self.confirm = confirm
    self.refunds = refunds
  }

  /// Only another comparison shows the result. A record that cannot be repaired does not stop the others.
  public func callAsFunction(_ comparison: PaymentComparison) async {
    let payments = Dictionary(comparison.payments.map { ($0.id, $0) }) { first, _ in first }
    for difference in comparison.differences {
      switch difference {
      case .notCredited(let id, _, _), .notReturned(let id, _, _), .amount(let id, _, _):
        await bring(payments[id], comparison.orders)
      case .refund(let refund, _): await bring(refund)
      case .dispute(let dispute, let here): await bring(dispute, here)
      case .notCaptured, .refunded, .unknownStatus, .disputesNotListed: break
      }
    }
  }

  private func bring(_ payment: GatewayPayment?, _ orders: [String: Order]) async {
    guard let payment, let order = payment.orderID.flatMap({ orders[$0] }) else { return }
    _ = try? await confirm(payment, of: order, cause: "reconciler")
  }

  private func bring(_ refund: GatewayRefund) async {
    guard GatewayRefund.Status.known.contains(refund.status) else { return }
    try? await refunds.repair(refund)
  }

  /// A decided dispute is neither opened again nor decided otherwise: that is left to an operator.
  private func bring(_ dispute: GatewayDispute, _ here: DisputeStatus?) async {
    guard here?.isOpen ?? true else { return }
    try? await refunds.repair(dispute)
  }
}
