import Application
import FoundationEssentials
import HTTPServing

struct BalanceResponse: Encodable {
  let balance, held, available, owed: Int64
  let frozen: Bool
  /// The requested moment; absent for the current balance.
  let at: Date?

  init(_ found: FreezableWallet, at moment: Date? = nil) {
    balance = found.wallet.balance.milliseconds
    held = found.wallet.held.milliseconds
    available = found.wallet.available.milliseconds
    owed = found.wallet.owed.milliseconds
    frozen = found.isFrozen
    at = moment
  }

  enum CodingKeys: String, CodingKey {
    case balance = "balance_ms", held = "held_ms", available = "available_ms", owed = "owed_ms", frozen, at
  }
}

struct LedgerLineResponse: Encodable, Sendable {
  let id, kind: String
  let amount, owedChange, balanceAfter: Int64
  let reference: String
  let createdAt: Date

  init(_ line: LedgerLine) {
    id = String(line.id)
    kind = line.kind
    amount = line.amount.milliseconds
    owedChange = line.owedChange.milliseconds
    balanceAfter = line.balanceAfter.milliseconds
    reference = line.reference
    createdAt = line.createdAt
  }

  enum CodingKeys: String, CodingKey {
    case id, kind, amount = "amount_ms", owedChange = "owed_change_ms", balanceAfter = "balance_after_ms", reference
    case createdAt = "created_at"
  }

  static let columns = [
    "id", "kind", "amount_ms", "owed_change_ms", "balance_after_ms", "reference", "created_at",
  ]

  var fields: [CSVField] {
    [
      .text(id), .text(kind), .number(amount), .number(owedChange), .number(balanceAfter), .text(reference),
      .time(createdAt),
    ]
  }
}

extension OrderResponse {
  static let columns = [
    "id", "razorpay_order_id", "pack_id", "talktime_ms", "amount", "currency", "status", "created_at",
  ]

  var fields: [CSVField] {
    [
      .text(id), razorpayOrderID.map { .text($0) } ?? .absent, .text(packID), .number(talktimeMilliseconds),
      .number(amount), .text(currency), .text(status), .time(createdAt),
    ]
  }
}
