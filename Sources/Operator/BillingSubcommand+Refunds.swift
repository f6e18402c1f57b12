import Application
import ArgumentParser
import Domain
import PostgresAdapter

extension BillingSubcommand {
  struct Refunds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the refunds that Razorpay has not taken so far, and the payments that could not be sent back.",
      discussion: "A line without a next time is asked for again by `talktime billing return` only.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let waiting = try await PostgresRefundRepository(database: pool).waiting()
      guard !waiting.isEmpty else { return print("none") }
      var table = TextTable([
        ("payment", .left), ("order", .left), ("user", .left), ("amount", .right), ("what", .left),
        ("attempt", .right), ("since", .left), ("next", .left),
      ])
      for line in waiting {
        let refund = line.refund
        table.add([
          refund.paymentID, refund.order.description, line.user.description,
          "\(refund.money.amount.count) \(refund.money.currency)", refund.origin == .surplus ? "return" : "refund",
          String(refund.attempt), MomentArgument.text(line.since), line.next.map(MomentArgument.text) ?? "",
        ])
      }
      for line in table.lines { print(line) }
    }
  }

  struct Return: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends back a payment that credited nothing, now.",
      discussion: """
        For a payment that came a second time, or with another amount. One that was credited goes back with its order's
        refund. Razorpay's own list is looked at first: no money is sent twice.
        """)
    @OptionGroup var options: Options
    @Argument(help: "Razorpay's id of the payment, such as pay_29QQoUBi66xm2f.") var payment: String
    @Option(help: "Why, for whoever reads the records later: 1 to 500 characters.") var reason: String

    func run() async throws {
      guard let reason = Reason(reason) else {
        throw OperatorRefusal("a reason has 1 to \(Reason.longest) characters and no control characters")
      }
      let auditNote = AuditNote(actor: ShellUser.actor, reason: reason, cause: .actor(ShellUser.actor))
      let payment = payment
      let refund = try await options.opened { stores in
        do throws(BillingError) {
          return try await ReturnPayment(orders: stores.orders, refunds: stores.refunds, gateway: stores.gateway)(
            payment, auditNote)
        } catch {
          throw OperatorRefusal(Self.sentence(error))
        }
      }
      let money = "\(refund.money.amount.count) \(refund.money.currency)"
      switch refund.status {
      case .processed: print("sent back: \(money), \(refund.razorpayID ?? "")")
      case .pending: print("on its way back: \(money), \(refund.razorpayID ?? "")")
      case .requested: throw OperatorRefusal("Razorpay does not answer; \(money) is asked for again")
      case .failed: throw OperatorRefusal("Razorpay refuses to send \(money) back; look at its dashboard")
      }
    }

    private static func sentence(_ error: BillingError) -> String {
      switch error {
      case .orderNotFound: "this is no payment of an order of ours"
      case .notRefundable: "this payment was credited, or may yet be; refund its order instead"
      case .nothingToRefund: "all of it went back already"
      default: "Razorpay or the database did not answer; repeat it, no money is sent twice"
      }
    }
  }
}
