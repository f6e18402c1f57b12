import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /billing/balance, /billing/ledger and /billing/transactions: a user's balance and the entries that led to it. The
/// two lists are pages in JSON, or the whole history as one file in CSV.
struct WalletHistoryRoutes: Sendable {
  let wallet: any WalletReader
  let orders: any OrderRepository
  let authenticator: Authenticator
  let clock: any WallClock
  let answer: OrderResponseComposer

  private static let media = ["application/json", "text/csv"]
  /// The lines of a file that are read at once.
  private static let batch = 500

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/billing").add(middleware: RequirePrincipal(authenticator))
    own.get("balance") { request, context in try await balance(request, context) }
    own.get("ledger") { request, context in
      let user = try context.requirePrincipal().userID
      let holds = try Self.includesHolds(request)
      guard try request.preferredMedia(of: Self.media) == "text/csv" else {
        return try await ledger(request, user, holds)
      }
      return try await csv(fileName: fileName("ledger"), columns: LedgerLineResponse.columns) { after in
        let page = try await ledgerPage(of: user, limit: Self.batch, after: after.flatMap { Int64($0) }, holds)
        return CSVPage(lines: page.items.map(\.fields), next: page.next)
      }
    }
    own.get("transactions") { request, context in
      let user = try context.requirePrincipal().userID
      guard try request.preferredMedia(of: Self.media) == "text/csv" else {
        return try await transactions(request, user)
      }
      return try await csv(fileName: fileName("transactions"), columns: OrderResponse.columns) { after in
        let page = try await orderPage(of: user, limit: Self.batch, after: after.flatMap { OrderID($0) })
        return CSVPage(lines: page.items.map(\.fields), next: page.next)
      }
    }
  }

  private func balance(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    guard let text = request.uri.queryParameters["at"] else {
      return try json(BalanceResponse(try await wallet.balance(of: user)))
    }
    // A plus that was not escaped arrives as a space.
    guard let moment = RFC3339.read(String(text).replacing(" ", with: "+")) else {
      throw Problem.invalidField("at", "at is a moment as RFC 3339 has it, such as 2026-11-25T16:00:00Z.")
    }
    guard moment <= clock.now() else { throw Problem.invalidField("at", code: "future", "at is in the future.") }
    return try json(BalanceResponse(try await wallet.balance(of: user, at: moment), at: moment))
  }

  /// - Throws: 400 for anything else that is to be included, so that a mistyped word is not taken for "without".
  static func includesHolds(_ request: Request) throws(Problem) -> Bool {
    switch request.uri.queryParameters["include"] {
    case nil: return false
    case "holds": return true
    case .some: throw .invalidField("include", code: "unknown", "include is holds, or is left out.")
    }
  }

  private func ledger(_ request: Request, _ user: UserID, _ holds: Bool) async throws -> Response {
    let query = try PageQuery(request)
    let page = try await ledgerPage(
      of: user, limit: query.limit, after: try query.cursor { Int64($0) }, holds)
    return try json(
      Page(items: page.items, nextCursor: page.next.map(PageQuery.cursor)), headers: [.vary: "Accept"])
  }

  private func transactions(_ request: Request, _ user: UserID) async throws -> Response {
    let query = try PageQuery(request)
    let page = try await orderPage(of: user, limit: query.limit, after: try query.cursor { OrderID($0) })
    return try json(
      Page(items: page.items, nextCursor: page.next.map(PageQuery.cursor)), headers: [.vary: "Accept"])
  }

  private func ledgerPage(
    of user: UserID, limit: Int, after: Int64?, _ holds: Bool
  ) async throws -> (items: [LedgerLineResponse], next: String?) {
    let page = try await wallet.ledger(of: user, limit: limit, after: after, includeHolds: holds)
    return (page.items.map(LedgerLineResponse.init), page.next.map { String($0) })
  }

  private func orderPage(
    of user: UserID, limit: Int, after: OrderID?
  ) async throws -> (items: [OrderResponse], next: String?) {
    let page = try await orders.orders(of: user, limit: limit, after: after?.description)
    return (page.items.map { answer($0) }, page.next)
  }

  private func fileName(_ list: String) -> String { "talktime-\(list)-\(rfc3339(clock.now()).prefix(10)).csv" }
}
