import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird
import Logging

/// /billing/statement: the payments, minutes and talks of a user's month, each with its entry of the ledger.
struct StatementRoute: Sendable {
  let read: ReadStatement
  let authenticator: Authenticator
  private let ofAll = RepeatedLogLines()
  /// Its kinds are the users whose ledger does not add up.
  private let ofOne = RepeatedLogLines(most: 1)

  /// A usual month is one page.
  private static let usualLimit = 100

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/billing").add(middleware: RequirePrincipal(authenticator))
    own.get("statement") { request, context in
      let user = try context.requirePrincipal().userID
      let month = try Self.month(request)
      let query = try PageQuery(request, usualLimit: Self.usualLimit)
      let after = try query.cursor { Int64($0) }
      return try json(StatementResponse(try await statement(month, of: user, query.limit, after, context.logger)))
    }
  }

  private func statement(
    _ month: StatementMonth, of user: UserID, _ limit: Int, _ after: Int64?, _ logger: Logger
  ) async throws(ReadStatementError) -> MonthlyStatement {
    do throws(ReadStatementError) {
      return try await read(month, of: user, limit: limit, after: after)
    } catch {
      if error == .doesNotAddUp { tell(month, of: user, logger) }
      throw error
    }
  }

  /// A ledger that does not add up stays so until somebody looks into it, and its owner may ask often meanwhile. One
  /// user takes one line of a minute, so that each of several ledgers gets its own.
  private func tell(_ month: StatementMonth, of user: UserID, _ logger: Logger) {
    ofOne.write(user.description) {
      ofAll.write("a ledger does not add up") {
        logger.error("a ledger does not add up", metadata: ["user_id": "\(user)", "month": "\(month)"])
      } more: { leftOut in
        logger.error("more ledgers do not add up", metadata: ["left_out": "\(leftOut)"])
      }
    } more: { _ in
      // That its owner asks again is no news, and would be a line for each user.
    }
  }

  private static func month(_ request: Request) throws(Problem) -> StatementMonth {
    guard let text = request.uri.queryParameters["month"] else {
      throw .invalidField("month", code: "required", "Say which month: month=2026-11.")
    }
    guard let month = StatementMonth(String(text)) else {
      throw .invalidField("month", "month is a year from 1970 on and a month, such as 2026-11.")
    }
    return month
  }
}
