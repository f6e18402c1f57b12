import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The ledger and its pure model", .serialized)
struct LedgerModelTests {
  private static let batches = 25
  private static let workers = 16
  private static let steps = 25

  @Test("in 10,000 random operations, 16 at a time, every entry follows the rule, and every invariant holds")
  func histories() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    try await withMigratedDatabase(connections: Self.workers) { database in
      let history = LedgerHistory(pool: database.pool, seed: seed)
      var model = LedgerModel()
      var seen: Int64 = 0
      for batch in 0..<Self.batches {
        try await withThrowingTaskGroup { group in
          for _ in 0..<Self.workers {
            group.addTask { for _ in 0..<Self.steps { try await history.step() } }
          }
          try await group.waitForAll()
        }
        let entries = try await database.pool.query("SELECT * FROM ledger WHERE id > \(seen) ORDER BY user_id, version")
          .rows.map { row in (try row.get("id", as: Int64.self), try LedgerEntry(row)) }
        seen = max(seen, entries.map(\.0).max() ?? seen)
        for (_, entry) in entries {
          let difference = model.apply(entry)
          #expect(difference == nil, "seed \(seed), batch \(batch)")
        }
        try await compare(model, history, "seed \(seed), batch \(batch)")
      }
      let kinds = try await database.pool.query("SELECT kind FROM ledger GROUP BY kind HAVING count(*) > 20").rows
        .map { try $0.get("kind", as: String.self) }
      #expect(Set(kinds) == ["purchase", "adjustment", "hold", "settlement", "refund", "release"])
      #expect(model.references.count > 2_000)
    }
  }

  private func compare(_ model: LedgerModel, _ history: LedgerHistory, _ comment: Comment) async throws {
    for (user, account) in model.accounts {
      let found = try await history.ledger.read(user, in: history.pool)
      #expect(found.wallet == account.wallet, comment)
    }
    let open = try await history.pool.query(
      "SELECT purpose, sum(amount_ms)::bigint AS held FROM holds WHERE closed_at IS NULL GROUP BY purpose"
    ).rows.map { row in (try row.get("purpose", as: String.self), TalkTime.milliseconds(try row.get("held"))) }
    let expected = model.accounts.values.reduce(into: [:]) { all, account in
      all.merge(account.open) { first, _ in first }
    }
    #expect(Dictionary(uniqueKeysWithValues: open) == expected, comment)
    let problems = try await LedgerAudit(database: history.pool).verify().problems
    #expect(problems == [], comment)
    try await compareShares(history, comment)
  }

  /// The shares of each order's refunds must equal those of the pure rule, in their order.
  private func compareShares(_ history: LedgerHistory, _ comment: Comment) async throws {
    for paid in history.state.withLock({ $0.paid }) {
      let refunds = try await history.refunds.refunds(of: paid.order.id).filter {
        $0.status != .failed && $0.talkTime != nil
      }
      guard !refunds.isEmpty else { continue }
      let shares = RefundTalkTimeShares(
        talkTime: paid.order.talkTime, paid: paid.order.price.amount, amounts: refunds.map(\.money.amount))
      #expect(refunds.compactMap(\.talkTime) == shares.shares, comment)
    }
  }

  @Test("of 20 simultaneous holds of 75 on 500, each whole or refused, exactly six are granted")
  func wholeHolds() async throws {
    let (granted, wallet) = try await twentyHolds(atLeast: .milliseconds(75))
    #expect(granted == [Int64](repeating: 0, count: 14) + [Int64](repeating: 75, count: 6))
    #expect(wallet == Wallet(available: .milliseconds(50), held: .milliseconds(450), owed: .zero))
  }

  @Test("of 20 simultaneous holds of up to 75 on 500, six are whole, and the seventh gets the 50 that are left")
  func partialHolds() async throws {
    let (granted, wallet) = try await twentyHolds(atLeast: .zero)
    #expect(granted == [Int64](repeating: 0, count: 13) + [50] + [Int64](repeating: 75, count: 6))
    #expect(wallet == Wallet(available: .zero, held: .milliseconds(500), owed: .zero))
  }

  /// - Returns: the grants in milliseconds, from the smallest, and the wallet afterwards.
  private func twentyHolds(atLeast least: TalkTime) async throws -> (granted: [Int64], wallet: Wallet) {
    try await withMigratedDatabase(connections: 16) { database in
      let (user, ledger) = (UserID(UUID()), WalletLedger(outbox: PostgresOutbox(source: "billing")))
      try await database.pool.transaction { transaction in
        var locked = try await ledger.lock(user, in: transaction)
        try await ledger.credit(
          .milliseconds(500), kind: .grant, reference: "grant", cause: "test", to: &locked, in: transaction)
      }
      let granted = try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in 0..<20 {
          group.addTask {
            try await database.pool.transaction { transaction in
              var locked = try await ledger.lock(user, in: transaction)
              return try await ledger.hold(
                upTo: .milliseconds(75), atLeast: least, reference: "hold:\(number)", purpose: "hold:\(number)",
                cause: "test", from: &locked, in: transaction
              ).amount.milliseconds
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      return (granted.sorted(), try await ledger.read(user, in: database.pool).wallet)
    }
  }
}
