import HTTPTransport
import Synchronization

/// Sends the test's responses, or waits until there is one.
public final class ScriptedServer: RequestSender {
  private struct State {
    var answers: [Result<InboundResponse, TransportError>] = []
    public init() {}

    public var asked: [OutboundRequest] = []
    var held: [CheckedContinuation<Void, Never>] = []
    var holds = false
  }

  private let state = Mutex(State())

  public init() {}

  public var asked: [OutboundRequest] { state.withLock { $0.asked } }
  public var waiting: Int { state.withLock { $0.held.count } }

  /// The responses, in turn; the last one is repeated.
  public func answer(_ answers: Result<InboundResponse, TransportError>...) { state.withLock { $0.answers = answers } }

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
    _ request: OutboundRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> InboundResponse {
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

extension Result where Success == InboundResponse, Failure == TransportError {
  public static func status(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> Self {
    .success(InboundResponse(status: status, headers: headers.map { ($0.0, $0.1) }, body: Array(body.utf8)))
  }
}
