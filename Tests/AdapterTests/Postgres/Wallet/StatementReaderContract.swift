import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Reading a statement", .serialized)
struct StatementReaderContract {
  private let user = UserID(UUID())

  /// The statement between two moments; the rest of it is checked by its own rule.
  private func statement(
    _ store: BillingStore, from start: Date = Date(timeIntervalSince1970: 0), until end: Date = .distantFuture,
    of other: UserID? = nil, limit: Int = 100, after: Int64? = nil
  ) async throws -> StatementRecord {
    let record = try await store.statements.statement(
      of: other ?? user, from: start, until: end, limit: limit, after: after)
    #expect(WalletStatement(opening: record.opening, closing: record.closing, changes: record.changes) != nil)
    return record
  }

  /// A moment between the entries before it and those after it.
  private func border(_ store: BillingStore) async throws -> Date {
    try await store.pause()
    let now = try await store.now()
    try await store.pause()
    return now
  }

  @Test("the statement of a user without entries is empty", arguments: BillingStoreKind.allCases)
  func empty(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let record = try await statement(store)
      #expect(record.opening == .empty && record.closing == .empty && record.changes.isEmpty)
      #expect(record.money.isEmpty && record.lines.isEmpty && record.next == nil)
    }
  }

  @Test("each period has its own entries, and begins where the one before ended", arguments: BillingStoreKind.allCases)
  func periods(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      var borders = [try await border(store)]
      for number in 0..<3 {
        // An empty period is among them.
        for entry in 0..<(number * 2) {
          let order = try await store.placed(by: user)
          _ = try await store.payments.capture(order.payment("pay_\(number)_\(entry)"), of: order, cause: "test")
          try await store.hold(.minutes(1), user, "session:s\(number)-\(entry):slice:1")
        }
        borders.append(try await border(store))
      }
      var opening = Wallet.empty
      for (number, (start, end)) in zip(borders, borders.dropFirst()).enumerated() {
        let record = try await statement(store, from: start, until: end)
        #expect(record.opening == opening)
        #expect(record.lines.map(\.entry.reference) == (0..<(number * 2)).map { "payment:pay_\(number)_\($0)" })
        #expect(record.changes[.purchase]?.available ?? .zero == .minutes(Int64(20 * number)))
        // Holds are in the sums, but not among the lines.
        #expect(record.changes[.hold]?.held ?? .zero == .minutes(Int64(2 * number)))
        let paid = StatementMoney(currency: .inr, paid: Paise(Int64(39_800 * number)), refunded: .zero)
        #expect(record.money == (number == 0 ? [] : [paid]))
        opening = record.closing
      }
      let wallet = try await store.wallet(of: user)
      #expect(opening == wallet)
      let whole = try await statement(store)
      #expect(whole.closing == wallet && whole.lines.count == 6)
    }
  }

  @Test("pages have each line once, oldest first, with the sums of the period", arguments: BillingStoreKind.allCases)
  func pages(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for number in 0..<5 {
        let order = try await store.placed(by: user)
        _ = try await store.payments.capture(order.payment("pay_\(number)"), of: order, cause: "test")
        try await store.hold(.seconds(1), user, "session:s\(number):slice:1")
      }
      let end = try await border(store)
      let whole = try await statement(store, until: end)
      #expect(whole.lines.count == 5 && whole.next == nil)
      var (seen, cursor) = ([StatementLine](), Int64?.none)
      repeat {
        let page = try await statement(store, until: end, limit: 2, after: cursor)
        #expect(page.lines.count <= 2 && page.changes == whole.changes && page.money == whole.money)
        #expect(page.opening == whole.opening && page.closing == whole.closing)
        seen += page.lines
        cursor = page.next
        // Later entries are in no page of this period.
        let order = try await store.placed(by: user)
        _ = try await store.payments.capture(order.payment("later_\(seen.count)"), of: order, cause: "test")
      } while cursor != nil && seen.count < 10
      #expect(seen == whole.lines)
      #expect(try await statement(store, until: end, after: Int64.max).lines.isEmpty)
      #expect(try await statement(store, until: end, after: -1).lines == whole.lines)
    }
  }

  @Test(
    "a payment has its order and price, and a refund and its return have theirs", arguments: BillingStoreKind.allCases)
  func payments(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store, by: user)
      let refund = try await stage.request(5_000)
      try await stage.steps(.processed, refund)
      let other = try await stage.request(2_000)
      try await stage.steps(.processed, other)
      // The bank returns the first one: the share of the other one is computed again.
      try await stage.steps(.failed, refund)
      let record = try await statement(store)
      func payment(_ kind: StatementPayment.Kind, _ amount: Int64) -> StatementLine.Subject {
        .payment(StatementPayment(kind: kind, order: stage.order.id, money: Money(Paise(amount)), document: nil))
      }
      let named = record.lines.map(\.subject).filter { $0 != .other }
      #expect(
        named == [
          payment(.payment, 19_900), payment(.refund, 5_000), payment(.refund, 2_000), payment(.returnedRefund, 5_000),
        ])
      for line in record.lines where line.subject == .other { #expect(line.entry.reference.contains(":reckoned:")) }
      #expect(record.money == [StatementMoney(currency: .inr, paid: Paise(19_900), refunded: Paise(2_000))])
      let balance = record.lines.reduce(TalkTime.zero) { $0 + $1.entry.amount }
      #expect(balance == record.closing.balance)
    }
  }

  /// An order whose buyer paid 470 paise on top of the price of 19,900.
  private func paidWithFee(_ store: BillingStore) async throws -> RefundStage {
    let stage = try await RefundStage.placed(store, by: user)
    let payment = GatewayPayment(
      id: stage.payment, orderID: stage.order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)),
      fee: Paise(470), customerBearsFee: true)
    _ = try await store.payments.capture(payment, of: stage.order, cause: "test")
    return stage
  }

  /// The lines of payments and refunds, such as `refund 470`.
  private func moves(_ record: StatementRecord) -> [String] {
    record.lines.compactMap { line -> String? in
      guard case .payment(let payment) = line.subject else { return nil }
      return "\(payment.kind.rawValue) \(payment.money.amount.count)"
    }
  }

  private func money(paid: Int64, refunded: Int64) -> [StatementMoney] {
    [StatementMoney(currency: .inr, paid: Paise(paid), refunded: Paise(refunded))]
  }

  @Test(
    "a customer's fee is in no line and no sum, in however many parts it is refunded",
    arguments: BillingStoreKind.allCases,
    [[20_370], [10_000, 10_370], [19_900, 470], [470, 19_900]])
  func customerFee(kind: BillingStoreKind, parts: [Int64]) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await paidWithFee(store)
      for (number, part) in parts.enumerated() { try await stage.dashboard(.processed, part, id: "rfnd_\(number)") }
      let record = try await statement(store)
      let expected: [[Int64]: [String]] = [
        [20_370]: ["refund 19900"], [10_000, 10_370]: ["refund 10000", "refund 9900"],
        [19_900, 470]: ["refund 19900"], [470, 19_900]: ["refund 470", "refund 19430"],
      ]
      #expect(moves(record).first == "payment 19900")
      #expect(Array(moves(record).dropFirst()) == expected[parts])
      #expect(record.money == money(paid: 19_900, refunded: 19_900))
      #expect(record.closing == .empty)
    }
  }

  @Test("the return of a refund that took no time is not on a statement", arguments: BillingStoreKind.allCases)
  func feeReturned(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await paidWithFee(store)
      try await stage.dashboard(.processed, 19_900, id: "price")
      try await stage.dashboard(.processed, 470, id: "fee")
      try await stage.dashboard(.failed, 470, id: "fee")
      let record = try await statement(store)
      #expect(moves(record) == ["payment 19900", "refund 19900"] && record.lines.count == 2)
      #expect(record.money == money(paid: 19_900, refunded: 19_900))
    }
  }

  @Test(
    "a refund of the fee is one of the price after the bank has returned the refund before it",
    arguments: BillingStoreKind.allCases)
  func feeRecomputed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await paidWithFee(store)
      try await stage.dashboard(.processed, 19_900, id: "price")
      try await stage.dashboard(.processed, 470, id: "fee")
      try await stage.dashboard(.failed, 19_900, id: "price")
      let record = try await statement(store)
      #expect(moves(record) == ["payment 19900", "refund 19900", "returned_refund 19900", "refund 470"])
      #expect(record.money == money(paid: 19_900, refunded: 470))
      let before = try await border(store)
      try await stage.dashboard(.failed, 470, id: "fee")
      let after = try await statement(store, from: before)
      #expect(moves(after) == ["returned_refund 470"])
      #expect(after.money == money(paid: 0, refunded: -470))
      #expect(try await statement(store).money == money(paid: 19_900, refunded: 0))
      // The statement of a period that is over stays as it was.
      let first = try await statement(store, until: before)
      #expect(first.lines == record.lines && first.money == record.money)
    }
  }

  @Test("only the owner's entries are in a statement", arguments: BillingStoreKind.allCases)
  func owner(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      _ = try await RefundStage.paid(store)
      let record = try await statement(store)
      #expect(record.lines.isEmpty && record.money.isEmpty && record.closing == .empty)
    }
  }

  @Test("a period that is not over ends with the last entry, also after the store's clock was set back")
  func clockSetBack() async throws {
    try await withMigratedDatabase(connections: 2) { database in
      // The second entry is from an hour in which the clock was ahead.
      for (version, hours) in [(1, -2), (2, 24), (3, -1)] as [(Int64, Int64)] {
        let reference = "operator:\(version)"
        try await database.pool.query(
          """
          INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
            available_after_ms, held_after_ms, owed_after_ms, version, cause, created_at)
          VALUES (\(user.uuid), 'grant', \(reference), 1000, 1000, 0, 0, \(version * 1_000), 0, 0, \(version), 'test',
            clock_timestamp() + \(hours) * interval '1 hour')
          """)
      }
      let reader = PostgresStatementReader(database: database.pool)
      let now = Date()
      let present = try await reader.statement(of: user, from: now - 86_400, until: now + 3_600, limit: 10, after: nil)
      #expect(present.closing.available == .seconds(3) && present.lines.count == 3)
      #expect(present.changes[.grant]?.available == .seconds(3))
      let over = try await reader.statement(of: user, from: now - 86_400, until: now - 1_800, limit: 10, after: nil)
      let next = try await reader.statement(of: user, from: now - 1_800, until: now + 3_600, limit: 10, after: nil)
      #expect(over.closing == next.opening && next.closing == present.closing)
    }
  }
}
