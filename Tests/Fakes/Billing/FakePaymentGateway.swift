import Application
import Domain
import Synchronization

/// Razorpay as a use case sees it. What it does can be made to fail, with or without its effect.
public final class FakePaymentGateway: PaymentGateway {
  public enum Call: Sendable, Equatable {
    case createOrder(receipt: String)
    case findOrder(receipt: String)
    case payment(String)
    case capture(String)
    case refund(String, Paise, key: String)
  }

  private struct State {
    var orders: [String: String] = [:]
    var payments: [String: GatewayPayment] = [:]
    var refunds: [String: String] = [:]
    var calls: [Call] = []
    var failure: GatewayError?
    var losesAnswers = false
  }

  private let state = Mutex(State())

  public init() {}

  public var calls: [Call] { state.withLock { $0.calls } }

  /// Until nil is given, every call throws this and does nothing.
  public func fail(with error: GatewayError?) { state.withLock { $0.failure = error } }

  /// The next order is made and its answer is lost.
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

  public func payment(_ id: String) async throws(GatewayError) -> GatewayPayment {
    try call(.payment(id)) { state throws(GatewayError) in
      guard let payment = state.payments[id] else { throw .notFound }
      return payment
    }
  }

  public func capture(_ id: String, _ money: Money) async throws(GatewayError) -> GatewayPayment {
    try call(.capture(id)) { state throws(GatewayError) in
      guard let payment = state.payments[id] else { throw .notFound }
      guard payment.status == .authorized, payment.money == money else { throw .refused(code: "BAD_REQUEST_ERROR") }
      let captured = GatewayPayment(id: id, orderID: payment.orderID, status: .captured, money: money)
      state.payments[id] = captured
      return captured
    }
  }

  public func refund(_ paymentID: String, _ amount: Paise, key: String) async throws(GatewayError) {
    try call(.refund(paymentID, amount, key: key)) { state throws(GatewayError) in
      guard let payment = state.payments[paymentID] else { throw .notFound }
      // The same key is the same refund.
      if state.refunds[key] == paymentID { return }
      guard payment.status == .captured else { throw .refused(code: "BAD_REQUEST_ERROR") }
      state.refunds[key] = paymentID
      state.payments[paymentID] = GatewayPayment(
        id: paymentID, orderID: payment.orderID, status: .refunded, money: payment.money)
    }
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
}

/// A signature is right when it says what it signs.
public struct FakePaymentSignatures: ChecksPaymentSignatures {
  public init() {}
  public static func checkout(order: String, payment: String) -> String { "\(order)|\(payment)" }
  public func isCheckout(_ signature: String, order: String, payment: String) -> Bool {
    signature == Self.checkout(order: order, payment: payment)
  }
  public func isWebhook(_ signature: String, body: [UInt8]) -> Bool { signature.utf8.elementsEqual(body) }
}
