import Application
import ArgumentParser
import Domain
import Foundation
import HTTPTransport
import Logging
import PostgresAdapter
import PostgresDriver
import RazorpayAdapter
import Runtime
import Synchronization

struct BillingSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "billing", abstract: "Looks after payments.",
    subcommands: [Reconcile.self, Refunds.self, Return.self])

  /// The payment tables and Razorpay.
  struct Stores {
    let gateway: RazorpayGateway
    let pool: PostgresPool
    let orders: PostgresOrderRepository
    let refunds: PostgresRefundRepository
    let unreadable: UnreadableEntities
  }

  struct Options: ParsableArguments {
    @OptionGroup var database: DatabaseOptions

    func opened<T: Sendable>(_ body: (Stores) async throws -> T) async throws -> T {
      let reader = SettingsReader()
      let keyID = reader.required("RAZORPAY_KEY_ID")
      let secret = reader.required("RAZORPAY_KEY_SECRET", secret: true)
      let baseURL = reader.baseURL("RAZORPAY_BASE_URL", default: "https://api.razorpay.com")
      try reader.check()
      let http = HTTPTransport(logger: Logger(label: "talktime.operator") { _ in JSONLogHandler(service: "operator") })
      let unreadable = UnreadableEntities()
      let pool = try database.pool()
      defer {
        pool.close()
        http.close()
      }
      // A generous deadline: no user waits for this command.
      let gateway = RazorpayGateway(
        http: http, baseURL: baseURL, keyID: keyID, keySecret: secret, deadline: .seconds(20),
        onUnreadable: { unreadable.add($0) })
      return try await body(
        Stores(
          gateway: gateway, pool: pool, orders: PostgresOrderRepository(database: pool),
          refunds: PostgresRefundRepository(database: pool),
          unreadable: unreadable))
    }
  }

  struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints what Razorpay's records and ours say differently of a period; fails where anything does.")
    @OptionGroup var options: Options
    @Option(help: "The first day (UTC), such as 2026-11-24, or an RFC 3339 time.") var from: MomentArgument
    @Option(help: "The last day, included, or an RFC 3339 time.") var to: MomentArgument
    @Flag(help: "Also credits what is only in Razorpay's records, and compares again.") var repair = false

    func validate() throws {
      guard from.date <= to.end else { throw ValidationError("--from is later than --to") }
    }

    func run() async throws {
      let period = ReconciliationPeriod(from: from.date, to: to.end)
      let (found, unreadable) = try await options.opened { stores in
        let compare = ComparePeriod(
          gateway: stores.gateway, records: PostgresReconciliationRecordReader(database: stores.pool))
        guard repair else {
          let standing = try await compare(period).differences
          return (PaymentRepairReport(repaired: [], standing: standing), stores.unreadable.ids)
        }
        let confirm = ApplyPaymentUpdate(
          payments: PostgresPaymentRepository(database: stores.pool), refunds: stores.refunds, gateway: stores.gateway)
        let refundUpdates = ApplyRefundOrDisputeUpdate(
          orders: stores.orders, refunds: stores.refunds, gateway: stores.gateway)
        let repair = RepairDifferences(confirm: confirm, refunds: refundUpdates)
        return (try await RepairPayments(compare: compare, repair: repair)(period), stores.unreadable.ids)
      }
      try report(found, unreadable)
    }

    private func report(_ report: PaymentRepairReport, _ unreadable: [String]) throws {
      for id in unreadable { print("\(id): Razorpay lists it, and it cannot be read here") }
      for difference in report.repaired { print("repaired: \(difference)") }
      for difference in report.standing { print(difference) }
      guard report.standing.isEmpty, unreadable.isEmpty else { throw ExitCode(1) }
      if report.repaired.isEmpty { print("no differences") }
    }
  }
}

/// Entities that Razorpay lists and this system cannot read, each once.
final class UnreadableEntities: Sendable {
  private let found = Mutex<Set<String>>([])

  func add(_ id: String) { found.withLock { _ = $0.insert(id) } }

  var ids: [String] { found.withLock { $0 }.sorted() }
}
