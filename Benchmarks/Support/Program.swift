import Foundation

/// Another program, such as a load generator or the peer of a measurement.
public enum Program {
  /// A program's output is not what its caller expects.
  public struct Unreadable: Error, CustomStringConvertible {
    let program, output: String

    public init(_ program: String, output: String) {
      self.program = program
      self.output = output
    }

    public var description: String { "\(program) said: \(output)" }
  }

  public struct Result: Sendable {
    public let output: String
    /// Whether the program has ended with status 0.
    public let isSuccess: Bool
  }

  /// Runs the program to its end.
  /// - Parameters:
  ///   - command: the program, by its path or its name, and its arguments.
  ///   - settings: variables beside this process's own. A password belongs here, because every user can read a
  ///     command's arguments.
  ///   - withErrors: whether the output includes what the program writes to its standard error.
  public static func run(
    _ command: [String], settings: [String: String] = [:], withErrors: Bool = false
  ) async throws -> Result {
    let process = prepared(command, settings)
    let pipe = Pipe()
    process.standardOutput = pipe
    if withErrors { process.standardError = pipe }
    let output = try await withCheckedThrowingContinuation { (done: CheckedContinuation<String, any Error>) in
      process.terminationHandler = { _ in
        done.resume(returning: String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      }
      letAlarmsThrough()
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    return Result(output: output, isSuccess: process.terminationStatus == 0)
  }

  /// Runs the program to its end, without its output.
  /// - Returns: its exit status.
  @discardableResult
  public static func status(of command: [String]) async throws -> Int32 {
    let process = prepared(command, [:])
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
    return process.terminationStatus
  }

  private static func prepared(_ command: [String], _ settings: [String: String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
    return process
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
