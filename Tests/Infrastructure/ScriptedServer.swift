import HTTPTransport
import Synchronization

/// Sends the test's responses, or waits until there is one.
public final class ScriptedServer: RequestSender {
  private struct State {
    var answers: [Result<HTTPClientResponse, TransportError>] = []
    public init() {}

    public var asked: [HTTPClientRequest] = []
    var held: [CheckedContinuation<Void, Never>] = []
    var holds = false
  }

  private let state = Mutex(State())

  public init() {}

  public var asked: [HTTPClientRequest] { state.withLock { $0.asked } }
  public var waiting: Int { state.withLock { $0.held.count } }

  /// The responses, in turn; the last one is repeated.
  public func answer(_ answers: Result<HTTPClientResponse, TransportError>...) {
    state.withLock { $0.answers = answers }
  }

  public func hold() { state.withLock { $0.holds = true } }

  public func letGo() {
    let held = state.withLock { state in
      state.holds = false
      defer { state.held = [] }
      return state.held
    }
    held.forEach { $0.resume() }
  }

  public func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse {
    await withCheckedContinuation { continuation in
      let waits = state.withLock { state in
        state.asked.append(request)
        if state.holds { state.held.append(continuation) }
        return state.holds
      }
      if !waits { continuation.resume() }
    }
    return try state.withLock { state in
      state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? .failure(.connect)
    }.get()
  }
}

extension Result where Success == HTTPClientResponse, Failure == TransportError {
  public static func status(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> Self {
    .success(HTTPClientResponse(status: status, headers: headers.map { ($0.0, $0.1) }, body: Array(body.utf8)))
  }
}
