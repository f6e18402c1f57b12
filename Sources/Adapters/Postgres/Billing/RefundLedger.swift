import Domain
import FoundationEssentials
import PostgresDriver

/// A refund's row, under its order's lock.
struct RefundRow: Sendable {
  let id: RefundID
  let paymentID: String
  var razorpayID: String?
  let amount: Paise
  let currency: String
  var status: RefundStatus
  let origin: RefundOrigin
  var talkTime: TalkTime?
  let attempt: Int
  let asked: Int
  /// It counted as failed once without Razorpay having told of it.
  let wasRefused: Bool
}

/// An order that is being refunded, under its row's lock, with its refunds in their order.
struct RefundedOrder: Sendable {
  let id: OrderID
  let user: UserID
  let price: Money
  let talkTime: TalkTime
  /// What was credited for it, if anything was.
  let creditedPayment: String?
  /// What was paid with each of its payments, a fee on top included.
  let payments: [String: Paise]
  var refunds: [RefundRow]

  /// Those that take talk time.
  var standing: [RefundRow] { refunds.filter { $0.talkTime != nil && $0.status != .failed } }

  var shares: RefundShares {
    RefundShares(talkTime: talkTime, paid: price.amount, amounts: standing.map(\.amount))
  }

  /// Whether the payment certainly credits nothing: another one was credited, the order sells no time, or it was to go
  /// back before.
  func owesBack(_ payment: String) -> Bool {
    if let creditedPayment { return creditedPayment != payment }
    return talkTime == .zero || refunds.contains { $0.paymentID == payment && $0.origin == .surplus }
  }

  /// What of the payment has not gone back and is not on its way.
  func left(of payment: String) -> Paise {
    let back = refunds.filter { $0.paymentID == payment && $0.status != .failed }.map(\.amount).reduce(.zero, +)
    return max(.zero, paid(by: payment) - back)
  }

  /// A payment that was not heard of itself is taken for one of the order's price.
  func paid(by payment: String) -> Paise { payments[payment] ?? price.amount }
}

/// What refunds do to the ledger; the caller holds the order's lock and then the wallet's.
///
/// A refund's time waits in a hold `refund:<id>`, as far as it is there. What is processed settles it, and what the hold
/// and the wallet lack is owed; what failed releases it, and the others' shares are reckoned again. One that was refused
/// and stands again after all has entries of its own, `refund:<id>:again`, beside those of its refusal.
struct RefundLedger: Sendable {
  let ledger: WalletLedger
  let outbox: PostgresOutbox

  /// Gives the refund its share of the order's time, and sets it aside.
  func take(
    _ row: inout RefundRow, of order: RefundedOrder, cause: Cause, from locked: inout LockedWallet,
    in transaction: PostgresTransaction
  ) async throws {
    let share = order.shares.share(of: row.amount)
    row.talkTime = share
    try await transaction.query(
      "UPDATE refunds SET talktime_ms = \(share.milliseconds) WHERE id = \(row.id.uuid)")
    let purpose = Self.reference(row.id)
    _ = try await ledger.hold(
      upTo: share, reference: row.wasRefused ? purpose + ":again" : purpose, purpose: purpose, cause: cause,
      life: .untilSettled, from: &locked, in: transaction)
  }

  func settle(
    _ row: RefundRow, of order: RefundedOrder, cause: Cause, in locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    guard let share = row.talkTime else { return }
    let reference = Self.reference(row.id)
    try await ledger.settle(
      charge: share, purpose: reference, reference: reference + ":settled", kind: .refund, cause: cause, in: &locked,
      transaction)
    try await outbox.append(
      PaymentRefunded(
        userID: order.user, orderID: order.id.description, paymentID: row.paymentID, refundID: row.id.description,
        amount: row.amount, currency: order.price.currency),
      in: transaction)
  }

  /// That a payment which credited nothing is back.
  func tellReturned(_ row: RefundRow, of order: RefundedOrder, _ transaction: PostgresTransaction) async throws {
    try await outbox.append(
      PaymentReturned(
        userID: order.user, orderID: order.id.description, paymentID: row.paymentID, refundID: row.id.description,
        amount: row.amount, currency: order.price.currency),
      in: transaction)
  }

  /// - Parameter before: where the refund was until now. A bank may send back what was processed.
  func release(
    _ row: RefundRow, before: RefundStatus, cause: Cause, in locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    guard let share = row.talkTime else { return }
    let reference = Self.reference(row.id)
    if before == .processed {
      try await ledger.giveBack(
        share, reference: reference + ":returned", cause: cause, to: &locked, in: transaction)
    } else {
      try await ledger.settle(
        charge: .zero, purpose: reference, reference: reference + (row.wasRefused ? ":again:released" : ":released"),
        kind: .release, cause: cause, in: &locked, transaction)
    }
  }

  /// Without the one that failed, the others round differently: by a millisecond, as a rule.
  func reconcileAgain(
    _ order: RefundedOrder, after failed: RefundID, cause: Cause, in locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    for (row, share) in zip(order.standing, order.shares.shares) {
      guard let before = row.talkTime, before != share else { continue }
      try await transaction.query(
        "UPDATE refunds SET talktime_ms = \(share.milliseconds) WHERE id = \(row.id.uuid)")
      // A hold that is open still is settled at the new share.
      guard row.status == .processed else { continue }
      let reference = "\(Self.reference(row.id)):reckoned:\(failed)"
      if share > before {
        try await ledger.settle(
          charge: share - before, purpose: reference, reference: reference, kind: .refund, cause: cause, in: &locked,
          transaction)
      } else {
        try await ledger.giveBack(
          before - share, reference: reference, cause: cause, to: &locked, in: transaction)
      }
    }
  }

  static func reference(_ id: RefundID) -> String { "refund:\(id)" }
}
