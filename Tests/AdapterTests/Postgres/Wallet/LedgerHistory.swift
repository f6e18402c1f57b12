import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Synchronization
import Testing

/// Random operations of a shop and its talkers, many at the same time, made by the adapters that the services use.
final class LedgerHistory: Sendable {
  /// An operation that can be repeated, with the result that each repeat must give.
  struct Done: Sendable {
    let repeatIt: @Sendable () async throws -> Bool
  }

  struct Paid: Sendable {
    let order: Order
    let payment: GatewayPayment
  }

  struct Talk: Sendable {
    let session: SessionID
    let user: UserID
    var slices: Int64 = 1
  }

  struct State {
    var random: Seeded
    var serial = 0
    var done: [Done] = []
    var paid: [Paid] = []
    var talks: [Talk] = []
    var refunds: [Refund] = []
    var gateway = GatewayRecords()
  }

  /// The amount of each payment that Razorpay has agreed to refund: never more than was paid.
  struct GatewayRecords {
    private var agreed: [String: [String: Paise]] = [:]

    mutating func agree(to refund: GatewayRefund, paid: Paise) -> Bool {
      let others = agreed[refund.paymentID, default: [:]].filter { $0.key != refund.id }.values.reduce(.zero, +)
      guard others + refund.money.amount <= paid else { return false }
      agreed[refund.paymentID, default: [:]][refund.id] = refund.money.amount
      return true
    }
  }

  let pool: PostgresPool
  let users: [UserID]
  let orders: PostgresOrderRepository
  let payments: PostgresPaymentRepository
  let refunds: PostgresRefundRepository
  let talkLedger: PostgresTalkLedger
  let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))
  let state: Mutex<State>

  init(pool: PostgresPool, seed: UInt64) {
    self.pool = pool
    var random = Seeded(seed)
    users = (0..<8).map { _ in UserID(UUID.random(&random)) }
    orders = PostgresOrderRepository(database: pool)
    payments = PostgresPaymentRepository(database: pool)
    refunds = PostgresRefundRepository(database: pool)
    talkLedger = PostgresTalkLedger(database: pool)
    state = Mutex(State(random: random))
  }

  func pick(_ range: Range<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.random) } }

  func serial() -> Int {
    state.withLock { state in
      state.serial += 1
      return state.serial
    }
  }

  func remember(_ repeatIt: @escaping @Sendable () async throws -> Bool) {
    state.withLock { $0.done.append(Done(repeatIt: repeatIt)) }
  }

  func any<Item: Sendable>(_ items: @Sendable (State) -> [Item]) -> Item? {
    state.withLock { state in items(state).randomElement(using: &state.random) }
  }

  /// Makes one operation. A rule may refuse it; otherwise it must succeed.
  func step() async throws {
    let user = users[pick(0..<users.count)]
    switch pick(0..<100) {
    case 0..<10: try await purchase(user)
    case 10..<20: try await correct(user)
    case 20..<35: try await open(user)
    case 35..<50: try await slice()
    case 50..<60: try await settle()
    case 60..<62: try await expire()
    case 62..<72: try await refund()
    case 72..<82: try await news()
    case 82..<85: try await dispute()
    default: try await again()
    }
  }

  private func again() async throws {
    guard let done = any({ $0.done }) else { return }
    #expect(try await done.repeatIt())
  }

  // MARK: operations

  private func purchase(_ user: UserID) async throws {
    let number = serial()
    let made = try await orders.create(OrderRequest(user: user, packID: "ten-minutes"), openLimit: 1_000_000).order
    let order = try await orders.attach("order_\(number)", to: made.id)
    let payment = order.payment("pay_\(number)")
    guard case .credited = try await payments.capture(payment, of: order, cause: "model") else {
      Issue.record("not credited")
      return
    }
    state.withLock { $0.paid.append(Paid(order: order, payment: payment)) }
    remember { [payments] in
      if case .credited = try await payments.capture(payment, of: order, cause: "again") { true } else { false }
    }
  }

  private func correct(_ user: UserID) async throws {
    let (number, time) = (serial(), TalkTime.milliseconds(Int64(pick(-200_000..<400_000))))
    let first = try await correct(user, time, "model:\(number)")
    #expect(!first.isRepeat)
    remember { [self] in
      let second = try await correct(user, time, "model:\(number)")
      await #expect(throws: LedgerError.self) { try await self.correct(user, time + .seconds(1), "model:\(number)") }
      return second.isRepeat && second.change == first.change && second.wallet == first.wallet
        && second.version == first.version
    }
  }

  private func correct(_ user: UserID, _ time: TalkTime, _ reference: String) async throws -> LedgerPostingResult {
    try await pool.transaction { [ledger] transaction in
      var locked = try await ledger.lock(user, in: transaction)
      return time < .zero
        ? try await ledger.debit(
          -time, kind: .adjustment, reference: reference, cause: "model", from: &locked, in: transaction)
        : try await ledger.credit(
          time, kind: .adjustment, reference: reference, cause: "model", to: &locked, in: transaction)
    }
  }

  private func refund() async throws {
    guard let paid = any({ $0.paid }) else { return }
    let request = RefundInstruction(
      order: paid.order.id, amount: pick(0..<3) == 0 ? nil : Paise(Int64(pick(100..<12_000))), force: pick(0..<2) == 0,
      reason: nil, actor: users[0], key: "key-\(serial())")
    do {
      let first = try await refunds.request(request)
      state.withLock { $0.refunds.append(first) }
      remember { [refunds] in
        let second = try await refunds.request(request)
        return second.id == first.id && second.money == first.money
      }
    } catch BillingError.nothingToRefund, BillingError.refundExceedsUnspent, BillingError.refundExceedsPayment {}
  }

  /// A report of Razorpay about one of our refunds, or about one that its dashboard made.
  private func news() async throws {
    let status: GatewayRefund.Status = [.pending, .processed, .processed, .failed][pick(0..<4)]
    if pick(0..<4) > 0, let asked = any({ $0.refunds }) {
      func refund(_ status: GatewayRefund.Status) -> GatewayRefund {
        GatewayRefund(
          id: "rfnd_\(asked.id)", paymentID: asked.paymentID, money: asked.money, status: status,
          receipt: asked.id.description)
      }
      try await record(refund(agrees(to: refund(status)) ? status : .failed), of: asked.order)
    } else {
      guard let paid = any({ $0.paid }), let left = try await refundable(paid.order) else { return }
      let refund = GatewayRefund(
        id: "rfnd_\(serial())", paymentID: paid.payment.id,
        money: Money(Paise(Int64(pick(1..<Int(left.count) + 1)))), status: status, receipt: nil)
      if agrees(to: refund) { try await record(refund, of: paid.order.id) }
    }
  }

  private func agrees(to refund: GatewayRefund) -> Bool {
    state.withLock { state in
      guard let paid = state.paid.first(where: { $0.payment.id == refund.paymentID }) else { return false }
      return state.gateway.agree(to: refund, paid: paid.payment.money.amount)
    }
  }

  private func record(_ refund: GatewayRefund, of order: OrderID) async throws {
    _ = try await refunds.record(refund, of: order, cause: "model")
    remember { [refunds] in
      let known = try await refunds.record(refund, of: order, cause: "again")
      return known.razorpayID == refund.id
        && known.status.rank >= (RefundStatus(rawValue: refund.status.rawValue)?.rank ?? 0)
    }
  }

  /// The amount of the dashboard's next refund: small, so that there are many.
  private func refundable(_ order: Order) async throws -> Paise? {
    let standing = try await refunds.refunds(of: order.id).filter { $0.status != .failed }
    let left = order.price.amount - standing.map(\.money.amount).reduce(.zero, +)
    return left.count > 16 * 100 ? Paise(left.count / 32) : nil
  }

  private func dispute() async throws {
    guard let paid = any({ $0.paid }) else { return }
    let status = DisputeStatus.allCases[pick(0..<DisputeStatus.allCases.count)]
    let dispute = GatewayDispute(
      id: "disp_\(paid.payment.id)", paymentID: paid.payment.id, money: Money(Paise(2_000)), status: status)
    try await refunds.record(dispute, of: paid.order.id, cause: "model")
    remember { [refunds] in
      try await refunds.record(dispute, of: paid.order.id, cause: "again")
      return true
    }
  }
}

extension UUID {
  fileprivate static func random(_ generator: inout Seeded) -> UUID {
    let (high, low) = (generator.next(), generator.next())
    func byte(_ word: UInt64, _ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: word >> (8 * UInt64(index))) }
    return UUID(
      uuid: (
        byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6),
        byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5),
        byte(low, 6), byte(low, 7)
      ))
  }
}
