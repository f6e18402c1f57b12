/// Decides whether an operation that keeps failing is tried again, and when.
///
/// A closed breaker allows all requests and counts consecutive failures. After a number of failures it opens and
/// refuses all requests for a pause. Then it is half open: it allows one request, whose result closes it, or opens it
/// again for a longer pause. The pause has an upper limit. The type is a value without a clock: each call passes the
/// current time.
public struct CircuitBreaker: Sendable, Equatable {
  public struct Policy: Sendable, Equatable {
    /// The number of consecutive failures that opens it.
    public var failures: Int
    public var firstPause: Duration
    /// The limit of the pause. Each pause is twice the one before.
    public var longestPause: Duration

    public init(failures: Int = 5, firstPause: Duration = .seconds(1), longestPause: Duration = .seconds(30)) {
      self.failures = max(1, failures)
      self.firstPause = max(.zero, firstPause)
      self.longestPause = max(firstPause, longestPause)
    }
  }

  public enum State: Sendable, Equatable {
    case closed(failures: Int)
    /// - Parameter until: by the caller's clock.
    case open(until: Duration, pause: Duration)
    /// One request was allowed, and has no result yet.
    case halfOpen(pause: Duration)
  }

  /// Given to a request that was allowed; the caller returns it with the result.
  public struct Pass: Sendable, Equatable {
    fileprivate let generation: UInt64
  }

  public enum Answer: Sendable, Equatable {
    case success
    case failure
    /// The server asks for no requests for this time.
    case busy(Duration)
    /// The result says nothing about the server, as when the request was cancelled.
    case none
  }

  public private(set) var state = State.closed(failures: 0)
  private let policy: Policy
  /// Counts the changes of state, so that a result from before the last change has no effect.
  private var generation: UInt64 = 0

  public init(_ policy: Policy = Policy()) { self.policy = policy }

  public enum Admission: Sendable, Equatable {
    case admitted(Pass)
    /// - Parameter retryAfter: how long it refuses all requests; zero while one request is in progress.
    case refused(retryAfter: Duration)
  }

  public mutating func admit(at now: Duration) -> Admission {
    switch state {
    case .closed: return .admitted(Pass(generation: generation))
    case .halfOpen: return .refused(retryAfter: .zero)
    case .open(let until, let pause):
      guard now >= until else { return .refused(retryAfter: until - now) }
      change(to: .halfOpen(pause: pause))
      return .admitted(Pass(generation: generation))
    }
  }

  public mutating func take(_ answer: Answer, of pass: Pass, at now: Duration) {
    guard pass.generation == generation else { return }
    switch (state, answer) {
    case (.open, _): return
    case (_, .success):
      if case .closed = state { state = .closed(failures: 0) } else { change(to: .closed(failures: 0)) }
    case (.closed(let failures), .failure):
      guard failures + 1 >= policy.failures else { return state = .closed(failures: failures + 1) }
      open(for: policy.firstPause, at: now)
    case (.halfOpen(let pause), .failure): open(for: min(pause * 2, policy.longestPause), at: now)
    case (.closed, .busy(let time)): change(to: .open(until: now + bounded(time), pause: policy.firstPause))
    case (.halfOpen(let pause), .busy(let time)): change(to: .open(until: now + bounded(time), pause: pause))
    case (.closed, .none): return
    case (.halfOpen(let pause), .none): change(to: .open(until: now, pause: pause))
    }
  }

  private func bounded(_ time: Duration) -> Duration { min(max(time, .zero), policy.longestPause) }

  private mutating func open(for pause: Duration, at now: Duration) {
    change(to: .open(until: now + pause, pause: pause))
  }

  private mutating func change(to state: State) {
    self.state = state
    generation &+= 1
  }
}
