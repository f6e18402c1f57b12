import Application
import Logging
import Runtime
import Synchronization
import Testing

@Suite("Noticing a task service of an older release")
struct TaskServiceCheckTests {
  private final class Census: TaskWorkerCensus {
    let found = Mutex(RunningTaskWorkers(current: 0, older: 0))
    func workers(reading level: Int) async throws -> RunningTaskWorkers { found.withLock { $0 } }
  }

  private final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    /// The lines since the last call.
    func take() -> [String] {
      lines.withLock { lines in
        defer { lines = [] }
        return lines
      }
    }
  }

  private struct Lines: LogHandler {
    let add: @Sendable (String) -> Void
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { add("\(event.level) \(event.message)") }
  }

  /// The first words of the lines after each look.
  private func looks(_ found: [(current: Int, older: Int)]) async throws -> [String] {
    let (census, lines) = (Census(), Said())
    let check = TaskServiceCheck(
      census: census, logger: Logger(label: "tests") { _ in Lines { lines.add($0) } })
    var said: [String] = []
    for (current, older) in found {
      census.found.withLock { $0 = RunningTaskWorkers(current: current, older: older) }
      try await check.runOnce()
      said.append(lines.take().map { String($0.prefix(9)) }.joined(separator: "|"))
    }
    return said
  }

  @Test("nothing is said while all are of this release, and a moment of none is a start")
  func fine() async throws {
    #expect(try await looks([(1, 0), (2, 0)]) == ["", ""])
    #expect(try await looks([(0, 0), (1, 0)]) == ["", ""])
  }

  @Test("an older one is warned of once, beside new ones too, and its end is told")
  func behind() async throws {
    #expect(try await looks([(0, 1), (1, 1), (2, 0)]) == ["warning a", "", "notice al"])
    #expect(try await looks([(2, 0), (1, 1), (2, 0), (1, 1)]) == ["", "warning a", "notice al", "warning a"])
  }

  @Test("none for two looks is warned of once")
  func missing() async throws {
    #expect(try await looks([(0, 0), (0, 0), (0, 0), (1, 0)]) == ["", "warning n", "", "notice al"])
  }
}
