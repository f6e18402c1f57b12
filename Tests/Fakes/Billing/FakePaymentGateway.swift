import Application
import Domain
import Synchronization

/// Razorpay as the use cases see it. Its calls can be made to fail, with or without their effect.
public final class FakePaymentGateway: PaymentGateway {
  public enum Call: Sendable, Equatable {
    case createOrder(receipt: String)
    case findOrder(receipt: String)
    case payment(String)
    case payments(ofOrder: String)
    case paymentsInPeriod
    case refundRecord(String)
    case refunds(ofPayment: String)
    case refundsInPeriod
    case disputesInPeriod
    case capture(String)
    case refund(String, Paise, key: String)
  }

  private struct State {
    var orders: [String: String] = [:]
    var payments: [String: GatewayPayment] = [:]
    var refunds: [String: GatewayRefund] = [:]
    var disputes: [String: GatewayDispute] = [:]
    var refundStatus = GatewayRefund.Status.processed
    var calls: [Call] = []
    var deadlines: [Duration?] = []
    var failure: GatewayError?
    var refundFailure: (error: GatewayError, afterEffect: Bool)?
    var losesAnswers = false
  }

  private let state = Mutex(State())

  public init() {}

  public var calls: [Call] { state.withLock { $0.calls } }

  /// The deadlines of the calls that can have one, in order.
  public var deadlines: [Duration?] { state.withLock { $0.deadlines } }

  /// Until this is set to nil, every call throws this error and does nothing.
  public func fail(with error: GatewayError?) { state.withLock { $0.failure = error } }

  /// Until this is set to nil, a refund request throws this error, with or without its effect. Other calls succeed.
  public func failRefunds(with error: GatewayError?, afterEffect: Bool = false) {
    state.withLock { $0.refundFailure = error.map { ($0, afterEffect) } }
  }

  /// Makes the next order or refund succeed and loses its answer.
  public func loseNextAnswer() { state.withLock { $0.losesAnswers = true } }

  public func pay(_ payment: GatewayPayment) { state.withLock { $0.payments[payment.id] = payment } }

  public func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String {
    try call(.createOrder(receipt: receipt)) { state throws(GatewayError) in
      let id = "order_\(state.orders.count + 1)_\(receipt.prefix(8))"
      state.orders[receipt] = id
      guard !state.losesAnswers else {
        state.losesAnswers = false
        throw .unavailable(mayHaveActed: true)
      }
      return id
    }
  }

  public func order(receipt: String) async throws(GatewayError) -> String? {
    try call(.findOrder(receipt: receipt)) { $0.orders[receipt] }
  }

  public func payment(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment {
    try call(.payment(id), deadline) { state throws(GatewayError) in
      guard let payment = state.payments[id] else { throw .notFound }
      return payment
    }
  }

  public func payments(ofOrder id: String) async throws(GatewayError) -> [GatewayPayment] {
    try call(.payments(ofOrder: id)) { state in state.payments.values.filter { $0.orderID == id } }
  }

  /// The fake keeps no times: all payments are in every period.
  public func payments(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayPayment] {
    try call(.paymentsInPeriod) { state in Array(state.payments.values) }
  }

  public func capture(
    _ id: String, _ money: Money, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayPayment {
    try call(.capture(id), deadline) { state throws(GatewayError) in
      guard let payment = state.payments[id] else { throw .notFound }
      guard payment.status == .authorized, payment.money == money else { throw .refused(code: "BAD_REQUEST_ERROR") }
      let captured = GatewayPayment(
        id: id, orderID: payment.orderID, status: .captured, money: money, fee: payment.fee,
        customerBearsFee: payment.customerBearsFee)
      state.payments[id] = captured
      return captured
    }
  }

  /// The status of new refunds. By default they are processed at once.
  public func answerRefunds(with status: GatewayRefund.Status) { state.withLock { $0.refundStatus = status } }

  /// Records a refund from Razorpay's dashboard, or the outcome of a pending refund.
  public func record(_ refund: GatewayRefund) { state.withLock { $0.refunds[refund.receipt ?? refund.id] = refund } }

  public func refund(
    _ paymentID: String, _ amount: Paise, key: String, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayRefund {
    try call(.refund(paymentID, amount, key: key), deadline) { state throws(GatewayError) in
      if let failure = state.refundFailure, !failure.afterEffect { throw failure.error }
      guard let payment = state.payments[paymentID] else { throw .notFound }
      // The same key is the same refund.
      if let made = state.refunds[key] { return made }
      let refunded = payment.refunded + amount
      guard payment.status == .captured, refunded <= payment.money.amount else {
        throw .refused(code: "BAD_REQUEST_ERROR")
      }
      let refund = GatewayRefund(
        id: "rfnd_\(state.refunds.count + 1)", paymentID: paymentID, money: Money(amount, payment.money.currency),
        status: state.refundStatus, receipt: key)
      state.refunds[key] = refund
      state.payments[paymentID] = GatewayPayment(
        id: paymentID, orderID: payment.orderID, status: refunded == payment.money.amount ? .refunded : .captured,
        money: payment.money, refunded: refunded, fee: payment.fee, customerBearsFee: payment.customerBearsFee)
      if let failure = state.refundFailure { throw failure.error }
      guard !state.losesAnswers else {
        state.losesAnswers = false
        throw .unavailable(mayHaveActed: true)
      }
      return refund
    }
  }

  public func refund(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayRefund {
    try call(.refundRecord(id), deadline) { state throws(GatewayError) in
      guard let refund = state.refunds.values.first(where: { $0.id == id }) else { throw .notFound }
      return refund
    }
  }

  public func refunds(
    ofPayment paymentID: String, within deadline: Duration? = nil
  ) async throws(GatewayError) -> [GatewayRefund] {
    try call(.refunds(ofPayment: paymentID), deadline) { state in
      state.refunds.values.filter { $0.paymentID == paymentID }
    }
  }

  public func refunds(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayRefund] {
    try call(.refundsInPeriod) { state in Array(state.refunds.values) }
  }

  /// Records a dispute by the cardholder's bank.
  public func record(_ dispute: GatewayDispute) { state.withLock { $0.disputes[dispute.id] = dispute } }

  public func disputes(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayDispute] {
    try call(.disputesInPeriod) { state in Array(state.disputes.values) }
  }

  private func call<Answer: Sendable>(
    _ call: Call, _ body: (inout State) throws(GatewayError) -> Answer
  ) throws(GatewayError) -> Answer {
    try state.withLock { state throws(GatewayError) in
      state.calls.append(call)
      if let failure = state.failure { throw failure }
      return try body(&state)
    }
  }

  private func call<Answer: Sendable>(
    _ call: Call, _ deadline: Duration?, _ body: (inout State) throws(GatewayError) -> Answer
  ) throws(GatewayError) -> Answer {
    try state.withLock { state throws(GatewayError) in
      state.calls.append(call)
      state.deadlines.append(deadline)
      if let failure = state.failure { throw failure }
      return try body(&state)
    }
  }
}

/// A signature is valid if it is the signed text.
public struct FakePaymentSignatureVerifier: PaymentSignatureVerifier {
  public init() {}
  public static func checkout(order: String, payment: String) -> String { "\(order)|\(payment)" }
  public func isCheckout(_ signature: String, order: String, payment: String) -> Bool {
    signature == Self.checkout(order: order, payment: payment)
  }
  public func isWebhook(_ signature: String, body: [UInt8]) -> Bool { signature.utf8.elementsEqual(body) }
}
