import Application
import HTTPServing

extension BillingModule {
  var orders: OrderRoutes {
    OrderRoutes(
      orders: ports.orders, buyers: ports.orders, asksForState: settings.seller.asksForState,
      place: PlaceOrder(
        orders: ports.orders, gateway: ports.gateway, openLimit: settings.openOrders,
        stateFrom: settings.seller.requiresState ? ports.orders : nil),
      verify: VerifyPayment(
        orders: ports.orders, signatures: ports.signatures, gateway: ports.gateway, confirm: confirm),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      kept: ports.serving.answers,
      answer: orderResponses)
  }

  var history: WalletHistoryRoutes {
    WalletHistoryRoutes(
      wallet: ports.wallet, orders: ports.orders, authenticator: ports.serving.authenticator,
      clock: ports.serving.clock, answer: orderResponses)
  }

  var statements: StatementRoute {
    StatementRoute(
      read: ReadStatement(statements: ports.statements, clock: ports.serving.clock),
      authenticator: ports.serving.authenticator)
  }

  var wallets: WalletRoutes {
    WalletRoutes(
      wallets: ports.wallets,
      read: ReadUserWallet(wallets: ports.wallets, wallet: ports.wallet, orders: ports.orders),
      correct: CorrectWallet(wallets: ports.wallets), freeze: FreezeWallet(wallets: ports.wallets),
      authenticator: ports.serving.authenticator, answers: ports.serving.answers, clock: ports.serving.clock,
      caps: settings.dailyCaps, answer: orderResponses)
  }

  var refunds: RefundRoutes {
    RefundRoutes(
      refunds: ports.refunds, refund: RefundOrder(refunds: ports.refunds, send: sendRefund),
      authenticator: ports.serving.authenticator, answers: ports.serving.answers, clock: ports.serving.clock,
      caps: settings.dailyCaps)
  }

  var operatorActions: OperatorActionRoutes {
    OperatorActionRoutes(
      read: ReadOperatorActions(actions: ports.operatorActions), authenticator: ports.serving.authenticator)
  }

  var receipts: OrderDocumentRoutes {
    OrderDocumentRoutes(
      read: ReadOrderDocuments(orders: ports.orders, documents: ports.documents, issue: issueDocuments), pages: pages,
      authenticator: ports.serving.authenticator)
  }

  private var orderResponses: OrderResponseComposer {
    OrderResponseComposer(keyID: settings.keyID, expiry: settings.schedule.expiry)
  }
}
