import Domain

public enum ReadStatementError: StableError, Equatable {
  /// Postgres cannot be reached.
  case unavailable
  /// The ledger does not add up. The client gets the answer of `unavailable`, but no later request will succeed.
  case doesNotAddUp
  /// The month has not begun.
  case monthToCome

  public var code: String {
    switch self {
    case .unavailable, .doesNotAddUp: "billing_unavailable"
    case .monthToCome: "month_to_come"
    }
  }
}

/// The statement of a user's month: its figures, and one page of its entries.
public struct MonthlyStatement: Sendable, Equatable {
  public let month: StatementMonth
  public let figures: WalletStatement
  public let money: [StatementMoney]
  public let lines: [StatementLine]
  /// The end of the page; nil for the last one.
  public let next: Int64?
}

/// Reads the statement of a month. A month before the first entry has an empty one; that of the present month
/// ends with the wallet's last entry.
public struct ReadStatement: Sendable {
  private let statements: any StatementReader
  private let clock: any WallClock

  public init(statements: any StatementReader, clock: any WallClock) {
    self.statements = statements
    self.clock = clock
  }

  /// - Parameter after: `next` of the previous page.
  public func callAsFunction(
    _ month: StatementMonth, of user: UserID, limit: Int, after: Int64?
  ) async throws(ReadStatementError) -> MonthlyStatement {
    guard month.start <= clock.now() else { throw .monthToCome }
    let record: StatementRecord
    do {
      record = try await statements.statement(
        of: user, from: month.start, until: month.end, limit: limit, after: after)
    } catch { throw .unavailable }
    // A statement that does not add up is not shown.
    guard
      let figures = WalletStatement(opening: record.opening, closing: record.closing, changes: record.changes)
    else { throw .doesNotAddUp }
    return MonthlyStatement(
      month: month, figures: figures, money: record.money, lines: record.lines, next: record.next)
  }
}
