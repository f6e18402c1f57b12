import Logging
import Synchronization

/// Sends requests to other servers.
public protocol RequestSender: Sendable {
  /// - Parameters:
  ///   - deadline: for the whole transfer, from the name lookup to the last byte.
  ///   - maximumBytes: the limit of the response's body; a longer one is `tooLarge`.
  func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse
}

extension RequestSender {
  public func send(_ request: HTTPClientRequest, deadline: Duration) async throws(TransportError) -> HTTPClientResponse
  {
    try await send(request, deadline: deadline, maximumBytes: 1 << 20)
  }
}

extension HTTPTransport: RequestSender {}

/// How much of the shared transport one provider may use, and when a failing provider gets no requests.
public struct ProviderLimits: Sendable, Equatable {
  /// The most requests in progress or waiting; a further one is `overloaded`. A single operation may use three quarters
  /// of them.
  public var requests: Int
  /// Nil for no circuit breaker.
  public var breaker: CircuitBreaker.Policy?

  public init(requests: Int = 128, breaker: CircuitBreaker.Policy? = CircuitBreaker.Policy()) {
    self.requests = max(1, requests)
    self.breaker = breaker
  }
}

/// The transport to one provider: the shared transport with this provider's own budget and circuit breakers. So a
/// provider that is silent or refuses requests does not affect the others, and no caller waits long for an operation
/// that keeps failing.
///
/// Each operation has its own breaker, because a provider whose captures hang may still create orders. A 5xx response,
/// a 429, a broken or refused connection and a timeout count as failures; any other response counts as a success.
public final class GuardedRequestSender: RequestSender {
  public let name: String
  private let base: any RequestSender
  private let limits: ProviderLimits
  private let logger: Logger
  private let now: @Sendable () -> Duration
  private let state = Mutex(State())

  private struct Operation {
    var breaker: CircuitBreaker?
    var running = 0
    /// 401 or 403, until an answer shows that the key is accepted.
    var refusal: Int?
    /// Whether the log has the refusal.
    var isRefusalTold = false
    /// When a refusal was last told.
    var toldAt: Duration?
  }

  private struct State {
    var operations: [String: Operation] = [:]
    var running: Int { operations.values.reduce(0) { $0 + $1.running } }
  }

  /// - Parameter now: the time since some fixed moment, for the breakers.
  public init(
    _ name: String, over base: any RequestSender, limits: ProviderLimits = ProviderLimits(), logger: Logger,
    now: @escaping @Sendable () -> Duration = GuardedRequestSender.uptime
  ) {
    self.name = name
    self.base = base
    self.limits = limits
    self.logger = logger
    self.now = now
  }

  private static let origin = ContinuousClock.now
  /// The time since the process first used it.
  public static let uptime: @Sendable () -> Duration = { ContinuousClock.now - origin }

  public func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse {
    let operation = operation(of: request)
    let pass: CircuitBreaker.Pass?
    do throws(TransportError) {
      pass = try enter(operation)
    } catch {
      count(.failure(error), of: operation)
      throw error
    }
    let result: Result<HTTPClientResponse, TransportError>
    do {
      result = .success(try await base.send(request, deadline: deadline, maximumBytes: maximumBytes))
    } catch {
      result = .failure(error)
    }
    leave(operation, pass, Self.answer(result, deadline: deadline))
    count(result, of: operation)
    note(try? result.get().status, of: operation)
    return try result.get()
  }

  /// The figures of one operation, for the metrics.
  public struct Reading: Sendable, Equatable {
    public let operation: String
    /// 0 closed, 1 half open, 2 open.
    public let circuit: Int
    public let running: Int
    /// Whether the last answer about our key was 401 or 403. A key that another operation has accepted since counts as
    /// accepted after a 401, but not after a 403, which may be about what the operation asks for.
    public let refusesKey: Bool
  }

  /// The readings by the operation's name.
  public var readings: [Reading] {
    state.withLock { state in
      state.operations.map { name, operation in
        let circuit =
          switch operation.breaker?.state {
          case .closed, nil: 0
          case .halfOpen: 1
          case .open: 2
          }
        return Reading(
          operation: name, circuit: circuit, running: operation.running, refusesKey: operation.refusal != nil)
      }
    }.sorted { $0.operation < $1.operation }
  }

  // MARK: steps

  /// An adapter uses a small number of operations; those beyond the limit share one.
  private func operation(of request: HTTPClientRequest) -> String {
    let name = request.operation ?? request.method
    return state.withLock { $0.operations[name] != nil || $0.operations.count < 32 ? name : "other" }
  }

  private func enter(_ name: String) throws(TransportError) -> CircuitBreaker.Pass? {
    try state.withLock { state throws(TransportError) in
      var operation = state.operations[name] ?? Operation(breaker: limits.breaker.map { CircuitBreaker($0) })
      guard state.running < limits.requests, operation.running < max(1, limits.requests * 3 / 4) else {
        throw .overloaded
      }
      var pass: CircuitBreaker.Pass?
      switch operation.breaker?.admit(at: now()) {
      case .admitted(let admitted): pass = admitted
      case .refused(let retryAfter): throw .circuitOpen(retryAfter: retryAfter)
      case nil: break
      }
      operation.running += 1
      state.operations[name] = operation
      return pass
    }
  }

  private func leave(_ name: String, _ pass: CircuitBreaker.Pass?, _ answer: CircuitBreaker.Answer) {
    let change: (before: CircuitBreaker.State, after: CircuitBreaker.State)? = state.withLock { state in
      guard var operation = state.operations[name] else { return nil }
      operation.running -= 1
      defer { state.operations[name] = operation }
      guard let pass, let before = operation.breaker?.state else { return nil }
      operation.breaker?.take(answer, of: pass, at: now())
      return operation.breaker.map { (before, $0.state) }
    }
    switch (change?.before, change?.after) {
    case (.closed, .open): tell(.warning, "a provider fails and is left alone for a while", name)
    case (.halfOpen, .closed): tell(.notice, "a provider answers again", name)
    default: break
    }
  }

  /// A refused key is an operator's mistake, which no waiting mends. It is told at most once in ten minutes, however
  /// often the answers change, and once more when it is over.
  private func note(_ status: Int?, of name: String) {
    guard let status else { return }
    if Self.refusals.contains(status) {
      let moment = now()
      let isNews: Bool = state.withLock { state in
        guard var operation = state.operations[name] else { return false }
        operation.refusal = status
        let isDue = operation.toldAt.map { moment - $0 >= Self.quiet } ?? true
        let isTold = isDue && !operation.isRefusalTold
        if isTold { (operation.isRefusalTold, operation.toldAt) = (true, moment) }
        state.operations[name] = operation
        return isTold
      }
      if isNews {
        tell(.error, status == 401 ? "a provider refuses our key" : "a provider refuses our key or our request", name)
      }
    } else if (200..<300).contains(status) || Self.answersToAKey.contains(status) {
      let over: [String] = state.withLock { state in
        var over: [String] = []
        for (other, operation) in state.operations where other == name || operation.refusal == 401 {
          if operation.isRefusalTold { over.append(other) }
          state.operations[other]?.refusal = nil
          state.operations[other]?.isRefusalTold = false
        }
        return over
      }
      for operation in over { tell(.notice, "a provider accepts our key again", operation) }
    }
  }

  private static let refusals: Set<Int> = [401, 403]
  /// Beside a success: the provider has looked at the request, and so has accepted its key.
  private static let answersToAKey: Set<Int> = [404, 409, 422]
  /// The shortest time between two errors about one operation's key.
  private static let quiet = Duration.seconds(600)

  private func tell(_ level: Logger.Level, _ message: Logger.Message, _ operation: String) {
    logger.log(level: level, message, metadata: ["provider": "\(name)", "operation": "\(operation)"])
  }

  /// A timeout after less than a second is no evidence against the server: the caller's deadline was too short.
  static func answer(
    _ result: Result<HTTPClientResponse, TransportError>, deadline: Duration
  ) -> CircuitBreaker.Answer {
    switch result {
    case .success(let response) where response.status == 429:
      guard let seconds = response.header("retry-after").flatMap({ Int64($0) }) else { return .failure }
      return .busy(.seconds(min(max(0, seconds), 86_400)))
    case .success(let response): return response.status >= 500 ? .failure : .success
    case .failure(.timeout): return deadline >= .seconds(1) ? .failure : .none
    case .failure(.connect), .failure(.tls), .failure(.broken): return .failure
    case .failure(.tooLarge): return .success
    case .failure(.invalidRequest), .failure(.cancelled), .failure(.overloaded), .failure(.closed),
      .failure(.circuitOpen):
      return .none
    }
  }
}
