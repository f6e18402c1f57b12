import HTTPTransport
import Synchronization

/// Google's keys, as the test lets Google publish them. It can be silent until the test says otherwise.
final class ScriptedGoogle: RequestSender {
  private struct State {
    var response: Result<HTTPClientResponse, TransportError>
    var asked = 0
    var isSilent = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// Who waits until Google was asked so many times.
    var watching: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    mutating func takeWatchers() -> [CheckedContinuation<Void, Never>] {
      let asked = asked
      defer { watching.removeAll { $0.count <= asked } }
      return watching.filter { $0.count <= asked }.map(\.continuation)
    }
  }

  private let state: Mutex<State>

  init(_ body: String, age: String = "max-age=3600") { state = Mutex(State(response: Self.response(body, age))) }

  /// The number of requests so far.
  var asked: Int { state.withLock { $0.asked } }

  func waitUntilAsked(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state in
        state.watching.append((count, continuation))
        return state.takeWatchers()
      }
      for one in ready { one.resume() }
    }
  }

  func publish(_ body: String, age: String = "max-age=3600", status: Int = 200) {
    state.withLock { $0.response = Self.response(body, age, status) }
  }

  func fail(_ error: TransportError) { state.withLock { $0.response = .failure(error) } }

  /// Answers no request until `speak`.
  func beSilent() { state.withLock { $0.isSilent = true } }

  func speak() {
    let waiting = state.withLock { state in
      state.isSilent = false
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }

  func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state in
        state.asked += 1
        if state.isSilent { state.waiting.append(continuation) }
        return state.takeWatchers() + (state.isSilent ? [] : [continuation])
      }
      for one in ready { one.resume() }
    }
    return try state.withLock { $0.response }.get()
  }

  private static func response(
    _ body: String, _ age: String, _ status: Int = 200
  ) -> Result<HTTPClientResponse, TransportError> {
    .success(
      HTTPClientResponse(
        status: status, headers: [(name: "Cache-Control", value: "public, \(age), must-revalidate")],
        body: Array(body.utf8)))
  }
}
