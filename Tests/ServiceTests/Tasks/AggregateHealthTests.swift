import HTTPTransport
import Hummingbird
import Synchronization
import Testing

@testable import TaskService

@Suite("The joint health of the services")
struct AggregateHealthTests {
  @Test("a flood of questions asks each service once at a time", .timeLimit(.minutes(1)))
  func flood() async throws {
    let services = SlowServices()
    let callers = Callers()
    let health = AggregateHealth(
      services: ["auth", "billing", "session", "task"].map { ($0, "http://127.0.0.1/\($0)") }, http: services)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 {
        group.addTask {
          callers.count.withLock { $0 += 1 }
          return try await health.response().status.code
        }
      }
      // The round of the first has no answer before all of them have asked.
      while callers.count.withLock(\.self) < 200 || services.asked < 4 { try await Task.sleep(for: .milliseconds(1)) }
      services.answer()
      for try await status in group { #expect(status == 200) }
    }
    // Whoever came when that round was over has begun another one.
    #expect(services.mostAtOnce == 4)
    #expect(try await health.response().status == .ok)
  }
}

private final class Callers: Sendable {
  let count = Mutex(0)
}

/// Services that answer only when they are told to.
private final class SlowServices: RequestSender {
  private struct State {
    var (asked, running, mostAtOnce) = (0, 0, 0)
    var isAnswering = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  var asked: Int { state.withLock(\.asked) }
  var mostAtOnce: Int { state.withLock(\.mostAtOnce) }

  func answer() {
    let waiting = state.withLock { state in
      state.isAnswering = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }

  func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse {
    await withCheckedContinuation { one in
      let isAnswering = state.withLock { state in
        state.asked += 1
        state.running += 1
        state.mostAtOnce = max(state.mostAtOnce, state.running)
        if !state.isAnswering { state.waiting.append(one) }
        return state.isAnswering
      }
      if isAnswering { one.resume() }
    }
    state.withLock { $0.running -= 1 }
    return HTTPClientResponse(status: 200, headers: [], body: [])
  }
}
