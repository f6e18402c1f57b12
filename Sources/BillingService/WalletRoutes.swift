import Application
import Domain
import HTTPServing
import Hummingbird

/// /billing/wallets: operators read and change the wallets of users. Each change is recorded with the operator and the
/// reason.
struct WalletRoutes: Sendable {
  let wallets: any WalletAdministration
  let read: ReadUserWallet
  let correct: CorrectWallet
  let freeze: FreezeWallet
  let authenticator: Authenticator
  let answers: any IdempotencyStore
  let clock: any WallClock
  let caps: OperatorDailyCaps
  let answer: OrderResponseComposer

  func add(to router: Router<HTTPRequestContext>) {
    let wallet = router.group("/billing/wallets/:user_id").add(middleware: RequirePrincipal(authenticator))
    let readers = wallet.group().add(middleware: RequireOperator(.support))
    readers.get { _, context in try json(WalletResponse(try await wallets.wallet(of: try Self.user(context)))) }
    readers.get("ledger") { request, context in try await ledger(request, context) }
    readers.get("orders") { request, context in try await orders(request, context) }
    wallet.group().add(middleware: RequireOperator(.finance, fresh: RequireOperator.recently, clock: clock))
      .post("grants") { request, context in try await correct(.grant, request, context) }
    let moving = wallet.group().add(middleware: RequireOperator(.admin, fresh: RequireOperator.recently, clock: clock))
    moving.post("adjustments") { request, context in try await correct(.adjustment, request, context) }
    moving.post("freeze") { request, context in try await set(.freeze, request, context) }
    moving.post("thaw") { request, context in try await set(.thaw, request, context) }
  }

  private func ledger(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let holds = try WalletHistoryRoutes.includesHolds(request)
    let page = try PageQuery(request)
    let found = try await read.ledger(
      of: try Self.user(context), limit: page.limit, after: try page.cursor { Int64($0) }, includeHolds: holds)
    return try json(
      Page(items: found.items.map(LedgerLineResponse.init), nextCursor: found.next.map { PageQuery.cursor("\($0)") }))
  }

  private func orders(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let page = try PageQuery(request)
    let found = try await read.orders(
      of: try Self.user(context), limit: page.limit, after: try page.cursor { OrderID($0)?.description })
    return try json(Page(items: found.items.map { answer($0) }, nextCursor: found.next.map(PageQuery.cursor)))
  }

  private func correct(
    _ kind: WalletCorrection.Kind, _ request: Request, _ context: HTTPRequestContext
  ) async throws -> Response {
    let user = try Self.user(context)
    let name = "POST /billing/wallets/\(user)/\(kind)s"
    return try await idempotently(request, context, route: name, store: answers, required: true) { request in
      let body = try await request.decodeWholeJSON(CorrectionRequest.self)
      let principal = try context.requirePrincipal()
      let actor = principal.userID.description
      // Stored responses are deleted after a day; the ledger keeps the reference for ever.
      let reference = correctionReference(actor, name, key: request.headers[.idempotencyKey] ?? "")
      let answer = try await correct(
        kind, milliseconds: body.talkTime, of: user, reference: reference, reason: body.reason, actor: actor,
        cause: .request(context.requestID), dailyCap: caps.grants(by: principal.role))
      return try json(WalletResponse(user, answer.balance))
    }
  }

  private func set(
    _ wish: FreezeWallet.Wish, _ request: Request, _ context: HTTPRequestContext
  ) async throws -> Response {
    let user = try Self.user(context)
    let body = try await request.decodeJSON(ReasonRequest.self)
    let actor = try context.requirePrincipal().userID.description
    let answer = try await freeze(
      wish, user, reason: body.reason, actor: actor, cause: .request(context.requestID))
    return try json(WalletResponse(user, answer.balance))
  }

  private static func user(_ context: HTTPRequestContext) throws(WalletAdministrationError) -> UserID {
    guard let user = context.parameters.get("user_id").flatMap({ UserID(String($0)) }) else {
      throw .userNotFound
    }
    return user
  }
}
