import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("Reading a statement")
struct ReadStatementTests {
  /// Returns one record; fails if it has none.
  private struct FixedStatements: StatementReader {
    var record: StatementRecord?

    func statement(
      of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
    ) async throws(BillingError) -> StatementRecord {
      guard let record, start < end else { throw .unavailable }
      return record
    }
  }

  private let user = UserID(UUID())
  private let clock = FakeClock()
  private var month: StatementMonth { StatementMonth(of: clock.now()) }

  private func record(closing: TalkTime) throws -> StatementRecord {
    let credited = Wallet.Change(available: .minutes(10), held: .zero, owed: .zero)
    let wallet = try #require(Wallet(available: closing, held: .zero, owed: .zero))
    return StatementRecord(
      opening: .empty, closing: wallet, changes: [.purchase: credited], money: [], lines: [], next: nil)
  }

  @Test("a statement has the sums of its entries")
  func sums() async throws {
    let read = ReadStatement(statements: FixedStatements(record: try record(closing: .minutes(10))), clock: clock)
    let statement = try await read(month, of: user, limit: 10, after: nil)
    #expect(statement.month == month && statement.figures.minutes.bought == .minutes(10))
  }

  @Test("a ledger that does not add up gets no statement, and is told from a store that cannot be reached")
  func doesNotAddUp() async throws {
    let read = ReadStatement(statements: FixedStatements(record: try record(closing: .minutes(11))), clock: clock)
    await #expect(throws: ReadStatementError.doesNotAddUp) { try await read(month, of: user, limit: 10, after: nil) }
    #expect(ReadStatementError.doesNotAddUp.code == ReadStatementError.unavailable.code)
    let away = ReadStatement(statements: FixedStatements(), clock: clock)
    await #expect(throws: ReadStatementError.unavailable) { try await away(month, of: user, limit: 10, after: nil) }
  }

  @Test("a month begins with midnight in India, and one that has not begun is refused")
  func monthToCome() async throws {
    let read = ReadStatement(statements: FixedStatements(record: try record(closing: .minutes(10))), clock: clock)
    let next = StatementMonth(of: month.end)
    clock.set(next.start - 0.001)
    await #expect(throws: ReadStatementError.monthToCome) { try await read(next, of: user, limit: 10, after: nil) }
    clock.set(next.start)
    #expect(try await read(next, of: user, limit: 10, after: nil).month == next)
  }

  @Test("one month's closing is the next one's opening, and no entry is in none or in two")
  func months() async throws {
    let wallets = InMemoryWallets(clock: clock)
    let read = ReadStatement(
      statements: InMemoryStatementReader(wallets: wallets, orders: InMemoryOrderRepository(clock: clock)), clock: clock
    )
    let first = month
    for (number, moment) in [first.start, first.end - 0.001, first.end, first.end + 1].enumerated() {
      clock.set(moment)
      wallets.write("grant", "operator:\(number)", of: user) { $0.credit(.minutes(1)) }
    }
    let one = try await read(first, of: user, limit: 10, after: nil)
    let two = try await read(StatementMonth(of: first.end), of: user, limit: 10, after: nil)
    #expect(one.lines.map(\.entry.reference) == ["operator:0", "operator:1"])
    #expect(two.lines.map(\.entry.reference) == ["operator:2", "operator:3"])
    #expect(one.figures.opening == .empty && one.figures.closing == two.figures.opening)
    #expect(two.figures.closing.balance == .minutes(4))
    let before = try await read(StatementMonth(of: first.start - 1), of: user, limit: 10, after: nil)
    #expect(before.lines.isEmpty && before.figures.closing == .empty && before.money.isEmpty)
  }

  @Test("the present month ends with the last entry, also after the store's clock was set back")
  func clockSetBack() async throws {
    let wallets = InMemoryWallets(clock: clock)
    let read = ReadStatement(
      statements: InMemoryStatementReader(wallets: wallets, orders: InMemoryOrderRepository(clock: clock)), clock: clock
    )
    let present = month
    for (number, moment) in [present.start, present.end + 60, present.end - 60].enumerated() {
      clock.set(moment)
      wallets.write("grant", "operator:\(number)", of: user) { $0.credit(.minutes(1)) }
    }
    let statement = try await read(present, of: user, limit: 10, after: nil)
    #expect(statement.figures.closing == wallets.wallet(of: user) && statement.lines.count == 3)
    // Once the month is over, it ends where the next one begins.
    clock.set(present.end)
    let one = try await read(present, of: user, limit: 10, after: nil)
    let two = try await read(StatementMonth(of: present.end), of: user, limit: 10, after: nil)
    #expect(one.figures.closing == two.figures.opening && one.lines.count + two.lines.count == 3)
  }
}
