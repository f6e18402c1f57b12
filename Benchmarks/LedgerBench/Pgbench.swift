import Foundation

/// The baseline: Postgres's own load generator, which only sends the prepared statements.
struct Pgbench {
  struct Unreadable: Error, CustomStringConvertible {
    let output: String
    var description: String { "pgbench said: \(output)" }
  }

  let environment: BenchEnvironment
  let clients: Int
  let seconds: Int

  /// - Returns: committed transactions per second.
  func rate(of operation: Operation, wallets: Int) async throws -> Double {
    let output = try await Self.output(
      environment.pgbench,
      [
        "--no-vacuum", "--protocol=prepared", "--client=\(clients)", "--jobs=2", "--time=\(seconds)",
        "--define=wallets=\(wallets)", "--file=\(environment.scripts)/\(operation.rawValue).sql",
        environment.databaseURL.withoutPassword,
      ], password: environment.databaseURL.password)
    let line = output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("tps = ") }
    guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }),
      output.contains("number of failed transactions: 0 ")
    else { throw Unreadable(output: output) }
    return rate
  }

  private static func output(_ program: String, _ arguments: [String], password: String?) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    var settings = ProcessInfo.processInfo.environment
    settings["PGPASSWORD"] = password
    process.environment = settings
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    return try await withCheckedThrowingContinuation { done in
      process.terminationHandler = { _ in
        done.resume(returning: String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      }
      letAlarmsThrough()
      do { try process.run() } catch { done.resume(throwing: error) }
    }
  }

  /// A child process inherits the blocked signals of the thread that starts it; here these are all signals. pgbench
  /// needs the alarm signal to stop in time.
  private static func letAlarmsThrough() {
    var alarm = sigset_t()
    sigemptyset(&alarm)
    sigaddset(&alarm, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
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
