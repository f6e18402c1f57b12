import BenchSupport
import Foundation

/// The baseline: Postgres's own load generator, which only sends the prepared statements.
struct Pgbench {
  let environment: BenchEnvironment
  let clients: Int
  let seconds: Int

  /// - Returns: committed transactions per second.
  func rate(of operation: Operation, wallets: Int) async throws -> Double {
    let output = try await Program.run(
      [
        environment.pgbench, "--no-vacuum", "--protocol=prepared", "--client=\(clients)", "--jobs=2",
        "--time=\(seconds)", "--define=wallets=\(wallets)",
        "--file=\(environment.scripts)/\(operation.rawValue).sql", environment.databaseURL.withoutPassword,
      ], settings: environment.databaseURL.password.map { ["PGPASSWORD": $0] } ?? [:], withErrors: true
    ).output
    let line = output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("tps = ") }
    guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }),
      output.contains("number of failed transactions: 0 ")
    else { throw Program.Unreadable("pgbench", output: output) }
    return rate
  }
}

/// The password is not passed as an argument, because every user of the machine can read a command's arguments in the
/// process list.
extension String {
  fileprivate var password: String? { URLComponents(string: self)?.password }

  fileprivate var withoutPassword: String {
    var parts = URLComponents(string: self)
    parts?.password = nil
    return parts?.string ?? self
  }
}
