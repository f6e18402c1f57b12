/// Whether something that keeps failing is asked again, and when.
///
/// Closed it lets everybody through and counts failures in a row. After so many it opens: nobody is let through for a
/// pause. Then it is half open: one is let through, and its answer closes it or opens it for a longer pause, up to the
/// longest. A value without a clock: each call says what time it is.
public struct CircuitBreaker: Sendable, Equatable {
  public struct Policy: Sendable, Equatable {
    /// Failures in a row that open it.
    public var failures: Int
    public var firstPause: Duration
    /// Each pause is twice the one before and no longer than this.
    public var longestPause: Duration

    public init(failures: Int = 5, firstPause: Duration = .seconds(1), longestPause: Duration = .seconds(30)) {
      self.failures = max(1, failures)
      self.firstPause = max(.zero, firstPause)
      self.longestPause = max(firstPause, longestPause)
    }
  }

  public enum State: Sendable, Equatable {
    case closed(failures: Int)
    /// - Parameter until: by the clock of who asks.
    case open(until: Duration, pause: Duration)
    /// One was let through, and has not answered yet.
    case halfOpen(pause: Duration)
  }

  /// For whoever was let through; it goes back with the answer.
  public struct Pass: Sendable, Equatable {
    fileprivate let generation: UInt64
  }

  public enum Answer: Sendable, Equatable {
    case success
    case failure
    /// It asks to be left alone for so long.
    case busy(Duration)
    /// It says nothing about the other side, such as one that was cancelled.
    case none
  }

  public private(set) var state = State.closed(failures: 0)
  private let policy: Policy
  /// Counts the changes of state, so that an answer from before the last one decides nothing.
  private var generation: UInt64 = 0

  public init(_ policy: Policy = Policy()) { self.policy = policy }

  public enum Admission: Sendable, Equatable {
    case admitted(Pass)
    /// - Parameter retryAfter: how long it stays closed to everybody; zero while one is being waited for.
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
