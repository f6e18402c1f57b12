import Domain

public enum ReconcileOutcome: Sendable, Equatable {
  /// The order needed no request.
  case settled
  case credited
  /// The order is not paid so far. It is checked again.
  case waiting
  case expired
  /// A payment of the order does not match it. The payment is parked.
  case mismatch
  /// A payment of the order has a status that this build does not know. The order is checked again.
  case unknownStatus(GatewayPaymentStatus)
  /// Razorpay cannot be asked, or does not accept our key.
  case unanswered(GatewayError)
}

/// Asks Razorpay about an order that is not known to be paid, and records the answer.
public struct ReconcileOrder: Sendable {
  private let orders: any OrderRepository & OrderCheckQueue
  private let gateway: any PaymentGateway
  private let confirm: ApplyPaymentUpdate
  private let schedule: OrderCheckSchedule

  public init(
    orders: any OrderRepository & OrderCheckQueue, gateway: any PaymentGateway, confirm: ApplyPaymentUpdate,
    schedule: OrderCheckSchedule
  ) {
    self.orders = orders
    self.gateway = gateway
    self.confirm = confirm
    self.schedule = schedule
  }

  public func callAsFunction(_ due: DueOrder) async throws(BillingError) -> ReconcileOutcome {
    guard due.order.status.awaitsPayment else { return try await finish(due, .settled, next: nil) }
    do {
      guard let razorpayOrder = try await razorpayOrder(due.order) else {
        // Razorpay has no such order, so that it cannot be paid. A repeat of the order's request may still revive it.
        guard try await orders.expire(due.order) || due.order.status == .expired else {
          return try await finish(due, .waiting, next: schedule.first)
        }
        return try await finish(due, .expired, next: nil)
      }
      return try await conclude(due, try await bring(try await payments(ofOrder: razorpayOrder), of: due.order.id))
    } catch let error as BillingError {
      throw error
    } catch let error as GatewayError {
      // If Razorpay refuses the request, it would refuse an early repeat too. The pauses therefore grow and end.
      if case .refused = error {
        return try await finish(due, .unanswered(error), next: schedule.distance(age: due.age))
      }
      return .unanswered(error)
    } catch {
      throw .unavailable
    }
  }

  /// An order whose id was lost with Razorpay's answer is found by its receipt.
  private func razorpayOrder(_ order: Order) async throws -> String? {
    if let known = order.razorpayOrderID { return known }
    guard let found = try await gateway.order(receipt: order.id.description) else { return nil }
    return try await orders.attach(found, to: order.id).razorpayOrderID
  }

  /// Successful payments come first: a failed attempt before a successful payment is of no interest.
  private func payments(ofOrder id: String) async throws(GatewayError) -> [GatewayPayment] {
    do {
      return try await gateway.payments(ofOrder: id).sorted { Self.rank($0.status) < Self.rank($1.status) }
    } catch .notFound {
      return []
    } catch .refused {
      // Razorpay has two ways to say that it does not know the order, for example after a change of keys. The order
      // cannot be paid there.
      return []
    }
  }

  private static func rank(_ status: GatewayPaymentStatus) -> Int {
    switch status {
    case .captured: 0
    case .refunded: 1
    case .authorized: 2
    case .created, .failed, .unknown: 3
    }
  }

  private struct Findings {
    var isMismatch = false
    var isPending = false
    var unknown: GatewayPaymentStatus?
  }

  private func bring(_ payments: [GatewayPayment], of id: OrderID) async throws(BillingError) -> Findings {
    var findings = Findings()
    for payment in payments {
      guard payment.status.isKnown else {
        findings.unknown = payment.status
        continue
      }
      // The order is read again for each payment: the effect of the last payment decides the effect of the next.
      guard let order = try await orders.order(id) else { throw .orderNotFound }
      do {
        let outcome = try await confirm(payment, of: order, cause: "reconciler")
        // A payment that was only begun may stay so for ever.
        if outcome == .pending, payment.status != .created { findings.isPending = true }
      } catch .paymentMismatch {
        findings.isMismatch = true
      }
    }
    return findings
  }

  private func conclude(_ due: DueOrder, _ findings: Findings) async throws(BillingError) -> ReconcileOutcome {
    guard let order = try await orders.order(due.order.id) else { throw .orderNotFound }
    if !order.status.awaitsPayment { return try await finish(due, .credited, next: nil) }
    let next = schedule.distance(age: due.age)
    // Razorpay soon sends back a payment that is authorized but not captured, so that the capture is soon requested
    // again.
    if findings.isPending { return try await finish(due, .waiting, next: next.map { min($0, schedule.first) }) }
    var outcome = findings.unknown.map { ReconcileOutcome.unknownStatus($0) } ?? .waiting
    if findings.isMismatch { outcome = .mismatch }
    if order.status != .failed, schedule.isExpired(age: due.age), try await orders.expire(order), outcome == .waiting {
      outcome = .expired
    }
    return try await finish(due, outcome, next: next)
  }

  private func finish(
    _ due: DueOrder, _ outcome: ReconcileOutcome, next: Duration?
  ) async throws(BillingError) -> ReconcileOutcome {
    try await orders.reschedule(at: due.order.id, in: next)
    return outcome
  }
}
