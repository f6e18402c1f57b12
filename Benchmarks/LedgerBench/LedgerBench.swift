import ArgumentParser
import BenchSupport
import Domain
import Logging
import PostgresAdapter
import PostgresDriver

/// Compares holds and credits by the ledger with pgbench running the same statements on the same server, in turns.
@main
struct LedgerBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "LedgerBench", abstract: "Measures the ledger's writes beside pgbench with the same statements.")

  @Option(help: "Tasks, and clients of pgbench, each with a connection.") var clients = 16
  @Option(help: "Turns of each.") var rounds = 3
  @Option(help: "Seconds of each turn.") var seconds = 5
  /// The measurement that was selected in ./dev bench.
  @Argument(help: .hidden) var what = "ledger"

  func run() async throws {
    let environment = try BenchEnvironment()
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: environment.databaseURL, applicationName: "bench", maximumConnections: clients),
      logger: Logger(label: "bench"))
    defer { pool.close() }
    print("\(try await pool.server()); \(clients) clients, \(rounds) pairs of \(seconds) s")
    let ledger = BenchLedger(pool: pool, clients: clients, seconds: seconds)
    let pgbench = Pgbench(environment: environment, clients: clients, seconds: seconds)
    try await ledger.open()
    print("operation   wallets   ledger/s   pgbench/s   ratio, median   from   to")
    for operation in Operation.allCases {
      for wallets in [BenchLedger.wallets, 1] {
        try await measure(operation, wallets, ledger, pgbench)
      }
    }
    let problems = try await LedgerAudit(database: pool).verify().problems
    print(problems.isEmpty ? "the ledger is proven" : problems.joined(separator: "\n"))
    guard problems.isEmpty else { throw ExitCode.failure }
  }

  private func measure(
    _ operation: Operation, _ wallets: Int, _ ledger: BenchLedger, _ pgbench: Pgbench
  ) async throws {
    var pairs: [(ours: Double, theirs: Double)] = []
    for _ in 0..<rounds {
      let ours = try await ledger.rate(of: operation, wallets: wallets)
      pairs.append((ours, try await pgbench.rate(of: operation, wallets: wallets)))
    }
    let (ours, theirs) = (Series(pairs.map(\.ours)), Series(pairs.map(\.theirs)))
    let ratios = Series(pairs.map { $0.ours / $0.theirs })
    let cells = [
      operation.rawValue.padding(12), String(wallets).padding(10), whole(ours.median).padding(11),
      whole(theirs.median).padding(12), two(ratios.median).padding(16), two(ratios.lowest).padding(7),
      two(ratios.highest),
    ]
    print(cells.joined())
  }
}

/// The measured operation, named like its script.
enum Operation: String, CaseIterable {
  case hold, credit
}

/// The server that ./dev bench has started.
struct BenchEnvironment {
  let databaseURL, pgbench, scripts: String

  init() throws {
    let settings = BenchSettings(of: "./dev bench ledger")
    databaseURL = try settings.value("DATABASE_URL")
    pgbench = try settings.value("PGBENCH")
    scripts = try settings.value("PGBENCH_SCRIPTS")
  }
}
