import ArgumentParser
import Domain
import Foundation
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
    try await printServer(pool)
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
    let ratios = pairs.map { $0.ours / $0.theirs }.sorted()
    let cells = [
      operation.rawValue.padding(12), String(wallets).padding(10), whole(median(pairs.map(\.ours))).padding(11),
      whole(median(pairs.map(\.theirs))).padding(12), two(median(ratios)).padding(16),
      two(ratios.first ?? 0).padding(7), two(ratios.last ?? 0),
    ]
    print(cells.joined())
  }

  private func printServer(_ pool: PostgresPool) async throws {
    let row = try await pool.query(
      "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync"
    ).rows.first
    let (version, fsync) = (try row?.get("version", as: String.self), try row?.get("fsync", as: String.self))
    print("Postgres \(version ?? "?"), fsync \(fsync ?? "?"); \(clients) clients, \(rounds) pairs of \(seconds) s")
  }
}

/// The measured operation, named like its script.
enum Operation: String, CaseIterable {
  case hold, credit
}

/// The server that ./dev bench has started.
struct BenchEnvironment {
  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set: run ./dev bench ledger" }
  }

  let databaseURL, pgbench, scripts: String

  init() throws {
    func value(_ name: String) throws -> String {
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
      return value
    }
    databaseURL = try value("DATABASE_URL")
    pgbench = try value("PGBENCH")
    scripts = try value("PGBENCH_SCRIPTS")
  }
}

func median(_ numbers: [Double]) -> Double {
  let sorted = numbers.sorted()
  return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

func two(_ number: Double) -> String { String(format: "%.2f", number) }
func whole(_ number: Double) -> String { String(format: "%.0f", number) }

extension String {
  func padding(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}
