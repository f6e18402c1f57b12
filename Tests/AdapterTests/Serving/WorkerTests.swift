import Logging
import Runtime
import Synchronization
import Testing

/// Counts a worker's runs; the test waits for a count.
private final class Runs: Sendable {
  private let count = Mutex(0)
  let (changes, change) = AsyncStream.makeStream(of: Int.self)

  var value: Int { count.withLock { $0 } }

  /// - Returns: the number of this run, from 1.
  func begin() -> Int {
    let number = count.withLock { count in
      count += 1
      return count
    }
    change.yield(number)
    return number
  }

  func reach(_ number: Int) async {
    for await run in changes where run >= number { return }
  }
}

private struct Broken: Error {}

/// The logged messages and their levels.
private struct Recorder: LogHandler {
  let lines: @Sendable (Logger.Level, String) -> Void
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.trace
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines(event.level, "\(event.message)") }
}

@Suite("Periodic workers", .timeLimit(.minutes(1)))
struct WorkerTests {
  private let runs = Runs()
  private static let hour = Duration.seconds(3_600)

  private func running(_ worker: Worker, until body: () async -> Void) async throws {
    let task = Task { try await worker.run() }
    await body()
    task.cancel()
    try await task.value
  }

  private func logger(_ lines: @escaping @Sendable (Logger.Level, String) -> Void = { _, _ in }) -> Logger {
    Logger(label: "tests") { _ in Recorder(lines: lines) }
  }

  @Test("a worker runs at once, and then at every interval")
  func turns() async throws {
    let worker = Worker("x", every: .milliseconds(1), logger: logger()) { [runs] in
      _ = runs.begin()
      return .later
    }
    try await running(worker) { await runs.reach(5) }
    #expect(runs.value >= 5)
  }

  @Test("a wake runs the worker before its interval, also a wake that came while it worked")
  func wakes() async throws {
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
    let worker = Worker("x", every: Self.hour, wokenBy: { wakes }, logger: logger()) { [runs] in
      if runs.begin() == 1 { for _ in 0..<10 { wake.yield() } }
      return .later
    }
    try await running(worker) { await runs.reach(2) }
  }

  @Test("a worker with more to do runs again at once, and a pause that it asks for is kept")
  func more() async throws {
    let worker = Worker("x", every: Self.hour, logger: logger()) { [runs] in
      switch runs.begin() {
      case 1, 2: .atOnce
      case 3: .after(.milliseconds(1))
      default: .later
      }
    }
    try await running(worker) { await runs.reach(4) }
    #expect(runs.value == 4)
  }

  @Test("a failed run is retried after a pause of its own, and logged once")
  func failures() async throws {
    let said = Mutex<[(Logger.Level, String)]>([])
    let worker = Worker(
      "spoon", every: Self.hour, retryAfter: .milliseconds(1),
      logger: logger { level, line in said.withLock { $0.append((level, line)) } }
    ) { [runs] in
      if runs.begin() < 4 { throw Broken() }
      return .later
    }
    try await running(worker) { await runs.reach(4) }
    let lines = said.withLock { $0 }
    #expect(lines.map(\.0) == [.warning, .debug, .debug] && lines.allSatisfy { $0.1 == "spoon failed" })
  }
}
