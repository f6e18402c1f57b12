import Domain
import Foundation
import PostgresDriver

/// An entry as the table has it.
struct LedgerEntry: Sendable {
  let user: UserID
  let kind: String
  let reference: String
  let requested: TalkTime
  let change: Wallet.Change
  let after: Wallet?
  let version: Int64

  init(_ row: PostgresRow) throws {
    func time(_ column: String) throws -> TalkTime { .milliseconds(try row.get(column)) }
    user = UserID(try row.get("user_id", as: UUID.self))
    kind = try row.get("kind")
    reference = try row.get("reference")
    requested = try time("requested_ms")
    change = Wallet.Change(
      available: try time("available_delta_ms"), held: try time("held_delta_ms"), owed: try time("owed_delta_ms"))
    after = Wallet(
      available: try time("available_after_ms"), held: try time("held_after_ms"), owed: try time("owed_after_ms"))
    version = try row.get("version")
  }

  /// The part that the holds of one talk or refund have in common.
  var purpose: String { reference.split(separator: ":").prefix(2).joined(separator: ":") }
}

/// Wallets by the pure rule alone. The model receives each request in the order of the wallet's versions, and computes
/// the expected entry.
struct LedgerModel {
  struct Account {
    var wallet = Wallet.empty
    var version: Int64 = 0
    /// The open holds by purpose.
    var open: [String: TalkTime] = [:]
  }

  private(set) var accounts: [UserID: Account] = [:]
  private(set) var references: Set<String> = []

  /// - Returns: the difference; nil if the entry is what the rule computes.
  mutating func apply(_ entry: LedgerEntry) -> String? {
    var account = accounts[entry.user, default: Account()]
    defer { accounts[entry.user] = account }
    guard references.insert(entry.reference).inserted else { return "\(entry.reference) stands twice" }
    guard entry.version > account.version else { return "\(entry.reference): version \(entry.version)" }
    account.version = entry.version
    guard let change = Self.change(entry, &account) else { return "\(entry.reference): \(entry.kind) of nothing" }
    guard change == entry.change, account.wallet == entry.after else {
      return "\(entry.reference): \(entry.change) and not \(change), \(String(describing: entry.after))"
    }
    return nil
  }

  private static func change(_ entry: LedgerEntry, _ account: inout Account) -> Wallet.Change? {
    let requested = entry.requested
    switch entry.kind {
    case "hold":
      let wanted = entry.purpose.hasPrefix("session:") ? TalkTime.seconds(60) : requested
      let (amount, change) = account.wallet.hold(upTo: wanted)
      guard amount == requested, amount > .zero else { return nil }
      account.open[entry.purpose, default: .zero] += amount
      return change
    case "settlement", "release":
      return account.wallet.settle(
        charge: requested, holds: account.open.removeValue(forKey: entry.purpose) ?? .zero)
    case "refund" where requested < .zero: return account.wallet.credit(-requested)
    case "refund":
      let isReckoned = entry.reference.contains(":reckoned:")
      let holds = isReckoned ? nil : account.open.removeValue(forKey: entry.purpose)
      return account.wallet.settle(charge: requested, holds: holds ?? .zero)
    default: return requested < .zero ? account.wallet.debit(-requested) : account.wallet.credit(requested)
    }
  }
}
