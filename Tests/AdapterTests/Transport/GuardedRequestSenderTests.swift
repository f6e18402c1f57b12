import HTTPTransport
import Logging
import Synchronization
import TestInfrastructure
import Testing

/// The levels of the logged lines.
private struct LevelRecorder: LogHandler {
  let record: @Sendable (Logger.Level) -> Void
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.trace

  init(_ record: @escaping @Sendable (Logger.Level) -> Void) { self.record = record }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { record(event.level) }
}

@Suite("Requests to a provider")
struct GuardedRequestSenderTests {
  private let server = ScriptedServer()
  private let clock = TurnedClock()

  private final class TurnedClock: Sendable {
    private let time = Mutex(Duration.zero)
    var now: Duration { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  private func way(requests: Int = 128, failures: Int = 3) -> GuardedRequestSender {
    GuardedRequestSender(
      "example", over: server,
      limits: ProviderLimits(
        requests: requests,
        breaker: CircuitBreaker.Policy(failures: failures, firstPause: .seconds(1), longestPause: .seconds(8))),
      logger: Logger(label: "tests"), now: { [clock] in clock.now })
  }

  private func ask(
    _ way: GuardedRequestSender, _ operation: String = "GET thing", deadline: Duration = .seconds(2)
  ) async -> Result<Int, TransportError> {
    let request = HTTPClientRequest(method: "GET", url: "http://127.0.0.1/", operation: operation)
    do { return .success(try await way.send(request, deadline: deadline).status) } catch { return .failure(error) }
  }

  @Test(
    "after many failures requests fail at once, and one is sent again after the pause",
    arguments: [
      Result<HTTPClientResponse, TransportError>.status(503), .status(429), .failure(.connect), .failure(.tls),
      .failure(.broken), .failure(.timeout(sent: true)), .failure(.timeout(sent: false)),
    ])
  func opens(_ failure: Result<HTTPClientResponse, TransportError>) async {
    let way = way()
    server.answer(failure)
    for _ in 0..<3 { _ = await ask(way) }
    #expect(await ask(way) == .failure(.circuitOpen(retryAfter: .seconds(1))))
    #expect(server.asked.count == 3)
    #expect(way.readings.map(\.circuit) == [2] && way.readings.map(\.operation) == ["GET thing"])
    clock.advance(.seconds(1))
    server.answer(.status(200))
    #expect(await ask(way) == .success(200))
    #expect(way.readings.first?.circuit == 0)
  }

  @Test("an error about one request counts as no failure", arguments: [200, 301, 400, 401, 403, 404, 409, 422])
  func answers(status: Int) async {
    let way = way()
    server.answer(.status(status))
    for _ in 0..<20 { #expect(await ask(way) == .success(status)) }
  }

  @Test("a refused key is shown until the provider accepts one", arguments: [401, 403])
  func refusedKey(status: Int) async {
    let way = way()
    func refuses(_ answer: Result<HTTPClientResponse, TransportError>) async -> Bool? {
      server.answer(answer)
      _ = await ask(way)
      return way.readings.first?.refusesKey
    }
    #expect(await refuses(.status(200)) == false)
    for _ in 0..<2 { #expect(await refuses(.status(status)) == true) }
    // Neither says anything about the key.
    for answer in [Result<HTTPClientResponse, TransportError>.status(500), .status(400), .failure(.cancelled)] {
      #expect(await refuses(answer) == true)
    }
    #expect(await refuses(.status(200)) == false)
    #expect(way.readings.first?.circuit == 0)
  }

  @Test("an answer about the request shows that the key was accepted", arguments: [404, 409, 422])
  func acceptedKey(status: Int) async {
    let way = way()
    for answer in [401, status] {
      server.answer(.status(answer))
      _ = await ask(way)
      #expect(way.readings.first?.refusesKey == (answer == 401))
    }
  }

  @Test("a key that another operation has accepted is a good one, unless the refusal may be about the operation")
  func acceptedElsewhere() async {
    let way = way()
    for (status, left) in [(401, false), (403, true)] {
      server.answer(.status(status))
      _ = await ask(way, "DELETE thing")
      server.answer(.status(200))
      _ = await ask(way, "GET thing")
      #expect(way.readings.map(\.refusesKey) == [left, false])
    }
  }

  @Test("a key that is refused by turns is told once in ten minutes")
  func refusedByTurns() async {
    let lines = Mutex<[Logger.Level]>([])
    let logger = Logger(label: "tests") { _ in
      LevelRecorder { level in lines.withLock { $0.append(level) } }
    }
    let way = GuardedRequestSender("example", over: server, logger: logger, now: { [clock] in clock.now })
    func askByTurns() async {
      for status in [403, 200, 403, 200, 403] {
        server.answer(.status(status))
        _ = await ask(way)
      }
    }
    await askByTurns()
    #expect(lines.withLock { $0 } == [.error, .notice])
    // The last refusal lasts, and so it is told in time.
    clock.advance(.seconds(600))
    await askByTurns()
    #expect(lines.withLock { $0 } == [.error, .notice, .error, .notice])
  }

  @Test(
    "a result that shows nothing about the provider counts as no failure",
    arguments: [TransportError.cancelled, .tooLarge, .overloaded])
  func noFailure(error: TransportError) async {
    let way = way()
    server.answer(.failure(error))
    for _ in 0..<20 { #expect(await ask(way) == .failure(error)) }
  }

  @Test("a timeout counts as a failure if there was enough time for an answer")
  func shortDeadline() async {
    let way = way()
    server.answer(.failure(.timeout(sent: true)))
    for _ in 0..<20 {
      #expect(await ask(way, deadline: .milliseconds(300)) == .failure(.timeout(sent: true)))
    }
  }

  @Test("429 with Retry-After is respected at once")
  func retryAfter() async {
    let way = way()
    server.answer(.status(429, [("Retry-After", "4")]), .status(200))
    #expect(await ask(way) == .success(429))
    clock.advance(.seconds(3))
    #expect(await ask(way) == .failure(.circuitOpen(retryAfter: .seconds(1))))
    clock.advance(.seconds(1))
    #expect(await ask(way) == .success(200))
  }

  @Test("an operation that fails does not block other operations")
  func operations() async {
    let way = way()
    server.answer(.failure(.timeout(sent: true)))
    for _ in 0..<4 { _ = await ask(way, "POST capture") }
    server.answer(.status(200))
    #expect(await ask(way, "POST capture") == .failure(.circuitOpen(retryAfter: .seconds(1))))
    #expect(await ask(way, "POST orders") == .success(200))
  }

  @Test("a provider has a limited number of pending requests, and one operation cannot use them all")
  func budget() async throws {
    let way = way(requests: 8)
    server.hold()
    server.answer(.status(200))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<6 { group.addTask { #expect(await ask(way, "slow") == .success(200)) } }
      #expect(await eventually { server.waiting == 6 ? true : nil } == true)
      #expect(await ask(way, "slow") == .failure(.overloaded))
      for _ in 0..<2 { group.addTask { #expect(await ask(way, "other") == .success(200)) } }
      #expect(await eventually { server.waiting == 8 ? true : nil } == true)
      #expect(await ask(way, "third") == .failure(.overloaded))
      server.letGo()
    }
    #expect(await ask(way, "third") == .success(200))
    #expect(way.readings.allSatisfy { $0.running == 0 })
  }

  @Test("however many operations are named, few are kept")
  func bounded() async {
    let way = way()
    server.answer(.status(200))
    for number in 0..<1_000 { _ = await ask(way, "GET \(number)") }
    #expect(way.readings.count == 33)
  }
}
