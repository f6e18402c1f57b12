import Domain

/// Brings into our books what a comparison found only in Razorpay's. What is only in ours is left to an operator.
public struct RepairBooks: Sendable {
  private let confirm: ConfirmPayment
  private let refunds: any RepairsRefunds

  public init(confirm: ConfirmPayment, refunds: any RepairsRefunds) {
    self.confirm = confirm
    self.refunds = refunds
  }

  /// - Returns: the differences that are no more; one that could not be repaired keeps none of the others waiting.
  public func callAsFunction(_ comparison: PaymentComparison) async -> [BookDifference] {
    let payments = Dictionary(comparison.payments.map { ($0.id, $0) }) { first, _ in first }
    var repaired: [BookDifference] = []
    for difference in comparison.differences {
      let isRepaired =
        switch difference {
        case .notCredited(let id, _, _), .notReturned(let id, _, _), .amount(let id, _, _):
          await bring(payments[id], comparison.orders)
        case .refund(let refund, _): await bring(refund)
        case .dispute(let dispute, let here): await bring(dispute, here)
        case .notCaptured, .refunded, .unknownStatus: false
        }
      if isRepaired { repaired.append(difference) }
    }
    return repaired
  }

  private func bring(_ payment: GatewayPayment?, _ orders: [String: Order]) async -> Bool {
    guard let payment, let order = payment.orderID.flatMap({ orders[$0] }) else { return false }
    let outcome = try? await confirm(payment, of: order, cause: "reconciler")
    switch outcome {
    case .captured, .returned: return true
    case .pending, .failed, .stale, .unasked, nil: return false
    }
  }

  private func bring(_ refund: GatewayRefund) async -> Bool {
    guard GatewayRefund.Status.known.contains(refund.status) else { return false }
    do { try await refunds.repair(refund) } catch { return false }
    return true
  }

  /// What was decided is not opened again, nor decided otherwise: that is left to an operator.
  private func bring(_ dispute: GatewayDispute, _ here: DisputeStatus?) async -> Bool {
    guard here?.isOpen ?? true else { return false }
    do { try await refunds.repair(dispute) } catch { return false }
    return true
  }
}
