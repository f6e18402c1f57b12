import Application
import Domain
import Foundation
import Logging
import Synchronization
import Testing

@testable import BillingService

@Suite("The statement of a month, by its route")
struct StatementTests {
  private struct Entry: Decodable { let id: String, amount_ms, owed_change_ms: Int64, reference: String }
  private struct Shown: Decodable {
    struct Minutes: Decodable { let bought_ms, granted_ms, spent_ms, refunded_ms, adjusted_ms: Int64 }
    struct Sum: Decodable { let currency: String, paid, refunded: Int64 }
    struct Payment: Decodable {
      let kind, order_id, currency: String, amount: Int64, receipt, credit_note: String?, entry: Entry
    }
    struct Talk: Decodable {
      let session_id, started_at, ended_at: String, charged_ms: Int64, entry: Entry
    }
    let month, time_zone, from, until: String
    let opening_balance_ms, opening_owed_ms, closing_balance_ms, closing_owed_ms: Int64
    let minutes: Minutes, money: [Sum], payments: [Payment], talks: [Talk], other_entries: [Entry]
    let next_cursor: String?

    var entries: [Entry] {
      (payments.map(\.entry) + talks.map(\.entry) + other_entries).sorted { (Int($0.id) ?? 0) < (Int($1.id) ?? 0) }
    }
  }

  private func stage() async throws -> BillingStage {
    let stage = try BillingStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    return stage
  }

  private func shown(_ stage: BillingStage, _ query: String, by token: String? = nil) async throws -> Shown {
    let answer = try await stage.answer(.get("/billing/statement?\(query)", token ?? stage.serving.token))
    try #require(answer.status == 200, "\(answer.body)")
    let document = try ContractDocument()
    let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body.utf8))
    let faults = document.faults(of: body, by: document.root["components"]?["schemas"]?["Statement"])
    #expect(faults.isEmpty)
    return try JSONDecoder().decode(Shown.self, from: Data(answer.body.utf8))
  }

  @Test("it joins payments, refunds and talks with their entries, and adds up")
  func joined() async throws {
    let stage = try await stage()
    try await stage.settledMonth()
    let statement = try await shown(stage, "month=2026-11")
    #expect(statement.month == "2026-11" && statement.time_zone == "Asia/Kolkata")
    #expect(statement.from == "2026-10-31T18:30:00.000Z" && statement.until == "2026-11-30T18:30:00.000Z")

    #expect(statement.payments.map(\.kind) == ["payment", "refund"])
    #expect(statement.payments.map(\.amount) == [19_900, 5_000])
    #expect(statement.payments.allSatisfy { $0.currency == "INR" })
    #expect(Set(statement.payments.map(\.order_id)) == Set(stage.orders.all.map(\.id.description)))
    #expect(statement.payments.map(\.receipt) == ["TT2627-0000001", nil])
    #expect(statement.payments.map(\.credit_note) == [nil, "CN2627-0000001"])
    #expect(statement.money.map(\.paid) == [19_900] && statement.money.map(\.refunded) == [5_000])

    let talk = try #require(statement.talks.first)
    #expect(statement.talks.count == 1 && talk.session_id == BillingStage.talk && talk.charged_ms == 40_000)
    #expect(talk.started_at < talk.ended_at && talk.entry.reference == "session:\(BillingStage.talk):settlement")
    #expect(statement.other_entries.map(\.reference) == ["operator:welcome"])

    let minutes = statement.minutes
    #expect(minutes.bought_ms == 600_000 && minutes.granted_ms == 10_000 && minutes.spent_ms == -40_000)
    #expect(minutes.refunded_ms == -150_753 && minutes.adjusted_ms == 0)
    let sum = minutes.bought_ms + minutes.granted_ms + minutes.spent_ms + minutes.refunded_ms + minutes.adjusted_ms
    #expect(statement.opening_balance_ms == 0 && statement.opening_owed_ms == 0 && statement.closing_owed_ms == 0)
    #expect(statement.closing_balance_ms == sum)
    #expect(statement.entries.reduce(0) { $0 + $1.amount_ms } == sum)
    #expect(statement.next_cursor == nil)
  }

  @Test("the next month opens with the closing of this one, and a month before the account is empty")
  func months() async throws {
    let stage = try await stage()
    try await stage.settledMonth()
    let this = try await shown(stage, "month=2026-11")
    stage.serving.clock.set(StatementMonth(of: stage.serving.clock.now()).end)
    let next = try await shown(stage, "month=2026-12", by: stage.serving.token)
    #expect(next.opening_balance_ms == this.closing_balance_ms && next.closing_balance_ms == this.closing_balance_ms)
    #expect(next.entries.isEmpty && next.money.isEmpty)
    let before = try await shown(stage, "month=1970-01")
    #expect(before.closing_balance_ms == 0 && before.entries.isEmpty && before.next_cursor == nil)
  }

  @Test("pages have each entry once, and the sums of the whole month")
  func pages() async throws {
    let stage = try await stage()
    try await stage.settledMonth()
    let whole = try await shown(stage, "month=2026-11")
    var (seen, cursor) = ([String](), "")
    repeat {
      let page = try await shown(stage, "month=2026-11&limit=1\(cursor)")
      #expect(page.entries.count == 1 && page.closing_balance_ms == whole.closing_balance_ms)
      #expect(page.minutes.bought_ms == 600_000 && page.money.map(\.paid) == [19_900])
      seen += page.entries.map(\.id)
      cursor = page.next_cursor.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty && seen.count < 10
    #expect(seen == whole.entries.map(\.id) && seen.count == 4)
  }

  @Test("another user's statement is their own")
  func owner() async throws {
    let stage = try await stage()
    try await stage.settledMonth()
    let other = try await shown(stage, "month=2026-11", by: stage.serving.token(of: UserID(UUID())))
    #expect(other.entries.isEmpty && other.closing_balance_ms == 0)
  }

  @Test(
    "what is wrong with a month is said by its code",
    arguments: [("", "required"), ("?month=2026-13", "invalid"), ("?month=2026-12", "future")])
  func codes(query: String, code: String) async throws {
    struct Refused: Decodable {
      struct Field: Decodable { let field, code: String }
      let errors: [Field]
    }
    let stage = try await stage()
    let answer = try await stage.answer(.get("/billing/statement\(query)", stage.serving.token))
    #expect(answer.status == 400 && answer.code == "invalid_request")
    let refused = try JSONDecoder().decode(Refused.self, from: Data(answer.body.utf8))
    #expect(refused.errors.map(\.field) == ["month"] && refused.errors.map(\.code) == [code])
  }

  @Test("a ledger that does not add up gets 503, and the log an error that names the user and the month")
  func doesNotAddUp() async throws {
    var stage = try await stage()
    stage.ports.statements = UnbalancedStatements()
    let errors = LoggedErrors()
    let logger = Logger(label: "tests") { _ in ErrorRecorder(errors: errors) }
    let answer = try await stage.answer(
      .get("/billing/statement?month=2026-11", stage.serving.token), logger: logger)
    #expect(answer.status == 503 && answer.code == "billing_unavailable")
    let lines = errors.lines.withLock { $0 }
    #expect(lines.count == 1)
    #expect(lines.first?["user_id"] == "\(stage.serving.user)" && lines.first?["month"] == "2026-11")
  }

  @Test("a ledger that does not add up is logged once in a minute, however often its owner asks, and hides no other")
  func askedOften() async throws {
    var stage = try await stage()
    stage.ports.statements = UnbalancedStatements()
    let errors = LoggedErrors()
    let logger = Logger(label: "tests") { _ in ErrorRecorder(errors: errors) }
    let others = (0..<11).map { _ in UserID(UUID()) }
    let tokens = Array(repeating: stage.serving.token, count: 12) + others.map { stage.serving.token(of: $0) }
    let answers = try await stage.answers(
      tokens.map { Call.get("/billing/statement?month=2026-11", $0) }, logger: logger)
    #expect(answers.count == 23 && answers.allSatisfy { $0.status == 503 && $0.code == "billing_unavailable" })
    // Ten in all, each of another user.
    let named: [String] = errors.lines.withLock { $0.compactMap { $0["user_id"] } }
    #expect(named == ([stage.serving.user] + others.prefix(9)).map { "\($0)" })
    #expect(errors.lines.withLock { $0.count } == 10)
  }

  @Test("a store that cannot be reached gets the same answer, and is no error of the ledger")
  func unreachable() async throws {
    var stage = try await stage()
    stage.ports.statements = FailingWallets()
    let errors = LoggedErrors()
    let logger = Logger(label: "tests") { _ in ErrorRecorder(errors: errors) }
    let answer = try await stage.answer(
      .get("/billing/statement?month=2026-11", stage.serving.token), logger: logger)
    #expect(answer.status == 503 && answer.code == "billing_unavailable")
    #expect(errors.lines.withLock { $0.isEmpty })
  }
}

/// A minute came by no entry.
struct UnbalancedStatements: StatementReader {
  func statement(
    of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
  ) async throws(BillingError) -> StatementRecord {
    var closing = Wallet.empty
    _ = closing.credit(.minutes(1))
    return StatementRecord(opening: .empty, closing: closing, changes: [:], money: [], lines: [], next: nil)
  }
}

private final class LoggedErrors: Sendable {
  let lines = Mutex<[[String: String]]>([])
}

private struct ErrorRecorder: LogHandler {
  let errors: LoggedErrors
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.error
  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }
  func log(event: LogEvent) {
    let line = (event.metadata ?? [:]).mapValues { "\($0)" }
    errors.lines.withLock { $0.append(line) }
  }
}
