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

  /// Opens once, for all who wait.
  private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    func wait() async {
      if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }
    func open() {
      isOpen = true
      for one in waiting { one.resume() }
      waiting = []
    }
  }

  private func isWritten(_ admission: RepeatedLogLines.Admission) -> Bool {
    if case .write = admission { true } else { false }
  }

  @Test("of a kind ten lines are written in a minute, and the first of the rest counts those that are left out")
  func bounded() throws {
    let clock = Clock()
    let lines = RepeatedLogLines(most: 10, within: .seconds(60)) { clock.now }
    for _ in 0..<10 { #expect(isWritten(lines.admit("a"))) }
    guard case .leaveOutFirst(let leftOut) = lines.admit("a") else { throw CancellationError() }
    for _ in 0..<989 { #expect(!isWritten(lines.admit("a"))) }
    #expect(isWritten(lines.admit("b")))
    clock.advance(.seconds(59))
    guard case .leaveOut = lines.admit("a") else { throw CancellationError() }
    clock.advance(.seconds(1))
    for _ in 0..<10 { #expect(isWritten(lines.admit("a"))) }
    guard case .leaveOutFirst(let next) = lines.admit("a") else { throw CancellationError() }
    #expect(leftOut.count == 991 && next.count == 1)
  }

  @Test(
    "a flood of refusals writes ten lines in a minute, and at its end one that tells how many were left out",
    .timeLimit(.minutes(1)))
  func flood() async throws {
    let (clock, store, gate) = (Clock(), Lines.Store(), Gate())
    let writer = EdgeResponseWriter(
      publicURL: "http://localhost", registry: MetricsRegistry(),
      repeated: RepeatedLogLines(now: { clock.now }, wait: { _ in await gate.wait() }))
    let logger = Logger(label: "tests") { _ in Lines(store: store) }
    func refuse(_ count: Int, _ code: String = "identity_unavailable", _ path: String = "/auth/login") {
      for number in 0..<count {
        writer.note(
          Problem(.serviceUnavailable, code: code), path: path, route: path, requestID: "\(number)", logger: logger)
      }
    }
    refuse(500)
    #expect(store.lines.withLock { $0.count } == 10)
    // Nothing of another route or code is left out for it.
    refuse(1, "identity_unavailable", "/auth/google")
    refuse(1, "limits_unavailable")
    let others = store.lines.withLock { $0.suffix(2) }.map { "\($0["code"] ?? "") \($0["path"] ?? "")" }
    #expect(others == ["identity_unavailable /auth/google", "limits_unavailable /auth/login"])
    await gate.open()
    while store.lines.withLock({ $0.count }) < 13 { try await Task.sleep(for: .milliseconds(5)) }
    let last = store.lines.withLock { $0.last }
    #expect(last?["left_out"] == "490" && last?["code"] == "identity_unavailable" && last?["path"] == "/auth/login")
  }
}
