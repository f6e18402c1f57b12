import Foundation
import Logging
import Synchronization
import Testing

@testable import HTTPServing

@Suite("Log lines that repeat")
struct RepeatedLogLinesTests {
  private final class Clock: Sendable {
    private let moment = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { moment.withLock { $0 } }
    func advance(_ duration: Duration) { moment.withLock { $0 += duration } }
  }

  private struct Lines: LogHandler {
    final class Store: Sendable {
      let lines = Mutex<[Logger.Metadata]>([])
    }

    let store: Store
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.MetadataValue? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { store.lines.withLock { $0.append(event.metadata ?? [:]) } }
  }

  @Test("of a kind ten lines are written in a minute, and the next minute's first tells how many were left out")
  func bounded() {
    let clock = Clock()
    let lines = RepeatedLogLines(most: 10, within: .seconds(60)) { clock.now }
    for number in 0..<1_000 { #expect(lines.admit("a") == (number < 10 ? 0 : nil)) }
    #expect(lines.admit("b") == 0)
    clock.advance(.seconds(59))
    #expect(lines.admit("a") == nil)
    clock.advance(.seconds(1))
    #expect(lines.admit("a") == 991)
    #expect(lines.admit("b") == 0)
    clock.advance(.seconds(600))
    #expect(lines.admit("a") == 0)
  }

  @Test("a flood of refusals writes ten lines in a minute")
  func flood() {
    let (clock, store) = (Clock(), Lines.Store())
    let writer = EdgeResponseWriter(
      publicURL: "http://localhost", registry: MetricsRegistry(), repeated: RepeatedLogLines { clock.now })
    let logger = Logger(label: "tests") { _ in Lines(store: store) }
    let problem = Problem(.serviceUnavailable, code: "identity_unavailable")
    for number in 0..<500 { writer.note(problem, path: "/auth/login", requestID: "\(number)", logger: logger) }
    #expect(store.lines.withLock { $0.count } == 10)
    clock.advance(.seconds(60))
    writer.note(problem, path: "/auth/login", requestID: "last", logger: logger)
    let last = store.lines.withLock { $0.last }
    #expect(last?["left_out"] == "490" && last?["request_id"] == "last")
  }
}
