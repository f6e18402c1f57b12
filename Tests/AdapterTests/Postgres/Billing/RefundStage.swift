import Application
import Domain
import Foundation

/// The steps that the suites of refunds and disputes share, for one user.
struct RefundStage: Sendable {
  let store: BillingStore
  let user: UserID
  let order: Order
  let payment: String

  /// An order of ten minutes for 199 rupees.
  static func placed(_ store: BillingStore, by user: UserID = UserID(UUID())) async throws -> RefundStage {
    RefundStage(store: store, user: user, order: try await store.placed(by: user), payment: "pay_\(UUID())")
  }

  static func paid(_ store: BillingStore, by user: UserID = UserID(UUID())) async throws -> RefundStage {
    let stage = try await placed(store, by: user)
    try await stage.pay()
    return stage
  }

  func pay() async throws {
    _ = try await store.payments.capture(order.payment(payment), of: order, cause: "test")
  }

  /// Requests a refund, as an operator does.
  func request(
    _ amount: Int64? = nil, force: Bool = false, key: String = UUID().uuidString, cap: Int64? = nil
  ) async throws -> Refund {
    try await store.refunds.request(
      RefundInstruction(
        order: order.id, amount: amount.map { Paise($0) }, force: force, reason: "a test", actor: user, key: key,
        dailyCap: cap.map { Paise($0) }))
  }

  /// Applies Razorpay's report about a refund that this system requested.
  @discardableResult
  func steps(_ status: GatewayRefund.Status, _ refund: Refund) async throws -> Refund {
    try await store.refunds.record(
      GatewayRefund(
        id: "rfnd_\(refund.id)", paymentID: refund.paymentID, money: refund.money, status: status,
        receipt: refund.id.description),
      of: order.id, cause: "test")
  }

  /// Applies Razorpay's report about a refund that the dashboard made.
  @discardableResult
  func dashboard(_ status: GatewayRefund.Status, _ amount: Int64, id: String) async throws -> Refund {
    try await store.refunds.record(
      GatewayRefund(
        id: "\(id)-\(payment)", paymentID: payment, money: Money(Paise(amount)), status: status, receipt: nil),
      of: order.id, cause: "test")
  }

  func dispute(_ status: DisputeStatus, _ amount: Int64 = 19_900, id: String = "disp") async throws {
    try await store.refunds.record(
      GatewayDispute(id: "\(id)-\(payment)", paymentID: payment, money: Money(Paise(amount)), status: status),
      of: order.id, cause: "test")
  }

  /// Takes time from the refundable part, as a talk does.
  func talk(_ time: TalkTime) async throws { try await store.hold(time, user, "talk-\(UUID())") }

  var status: OrderStatus? { get async throws { try await store.status(of: order) } }
  var wallet: Wallet { get async throws { try await store.wallet(of: user) } }
  var isFrozen: Bool { get async throws { try await store.wallets.balance(of: user).isFrozen } }

  /// The values that the suite compares: the wallet, and the order's status.
  func stand() async throws -> Stand {
    let balance = try await store.wallets.balance(of: user)
    return Stand(wallet: balance.wallet, isFrozen: balance.isFrozen, order: try await status)
  }

  struct Stand: Equatable {
    let wallet: Wallet
    let isFrozen: Bool
    let order: OrderStatus?

    init(wallet: Wallet, isFrozen: Bool = false, order: OrderStatus?) {
      self.wallet = wallet
      self.isFrozen = isFrozen
      self.order = order
    }

    /// Times in milliseconds.
    init?(
      available: Int64 = 0, held: Int64 = 0, owed: Int64 = 0, isFrozen: Bool = false, _ order: OrderStatus
    ) {
      guard
        let wallet = Wallet(
          available: .milliseconds(available), held: .milliseconds(held), owed: .milliseconds(owed))
      else { return nil }
      self.init(wallet: wallet, isFrozen: isFrozen, order: order)
    }
  }
}

/// Every permutation of the items.
func everyOrder<Element>(of items: [Element]) -> [[Element]] {
  guard items.count > 1 else { return [items] }
  return items.indices.flatMap { index in
    var rest = items
    let first = rest.remove(at: index)
    return everyOrder(of: rest).map { [first] + $0 }
  }
}
