import Application
import ArgumentParser
import Foundation
import HTTPTransport
import Logging
import PostgresAdapter
import RazorpayAdapter
import Runtime
import Synchronization

struct BillingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "billing", abstract: "Looks after payments.", subcommands: [Reconcile.self])

  struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints what Razorpay's books and ours say differently of a period; fails where anything does.")
    @OptionGroup var database: DatabaseOptions
    @Option(help: "The first day (UTC), such as 2026-11-24, or an RFC 3339 time.") var from: Moment
    @Option(help: "The last day, included, or an RFC 3339 time.") var to: Moment
    @Flag(help: "Also credits what is only in Razorpay's books.") var repair = false

    func validate() throws {
      guard from.date <= to.end else { throw ValidationError("--from is later than --to") }
    }

    func run() async throws {
      let reader = SettingsReader()
      let keyID = reader.required("RAZORPAY_KEY_ID")
      let secret = reader.required("RAZORPAY_KEY_SECRET", secret: true)
      let baseURL = reader.baseURL("RAZORPAY_BASE_URL", default: "https://api.razorpay.com")
      try reader.check()
      let http = HTTPTransport(logger: Logger(label: "talktime.operator") { _ in JSONLogHandler(service: "operator") })
      let unreadable = UnreadableEntities()
      // Nobody waits for an answer within seconds here.
      let gateway = RazorpayGateway(
        http: http, baseURL: baseURL, keyID: keyID, keySecret: secret, deadline: .seconds(20),
        onUnreadable: { unreadable.add($0) })
      let pool = try database.pool()
      defer {
        pool.close()
        http.close()
      }
      let period = ReconcilePeriod(gateway: gateway, books: PostgresPaymentBooks(database: pool))
      let comparison = try await period(GatewayPeriod(from: from.date, to: to.end))
      let refunds = PostgresRefunds(database: pool)
      let confirm = ConfirmPayment(books: PostgresPayments(database: pool), refunds: refunds, gateway: gateway)
      let news = TakeRefundNews(orders: PostgresOrders(database: pool), refunds: refunds, gateway: gateway)
      let repaired = repair ? await RepairBooks(confirm: confirm, refunds: news)(comparison) : []
      try report(comparison.differences, repaired, unreadable.ids)
    }

    private func report(
      _ differences: [BookDifference], _ repaired: [BookDifference], _ unreadable: [String]
    ) throws {
      for id in unreadable { print("\(id): Razorpay lists it, and it cannot be read here") }
      for difference in differences {
        print("\(repaired.contains(difference) ? "repaired: " : "")\(difference)")
      }
      guard differences.count == repaired.count, unreadable.isEmpty else { throw ExitCode(1) }
      if differences.isEmpty { print("no differences") }
    }
  }
}

/// What Razorpay lists and we cannot read, each once.
private final class UnreadableEntities: Sendable {
  private let found = Mutex<Set<String>>([])

  func add(_ id: String) { found.withLock { _ = $0.insert(id) } }

  var ids: [String] { found.withLock { $0 }.sorted() }
}
