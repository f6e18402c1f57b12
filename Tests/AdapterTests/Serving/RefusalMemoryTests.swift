import Application
import HTTPServing
import Synchronization
import Testing

@Suite("Remembered refusals")
struct RefusalMemoryTests {
  /// Allows one request a second to each subject.
  private final class OneASecond: RateLimiter {
    let start = ContinuousClock.now
    let passed = Mutex(Duration.zero)
    let state = Mutex<(asked: Int, next: [String: Duration])>((0, [:]))

    var now: ContinuousClock.Instant { start + passed.withLock { $0 } }
    var asked: Int { state.withLock { $0.asked } }
    func advance(_ time: Duration) { passed.withLock { $0 += time } }

    func take(_ limit: RateLimit, subject: String) async throws(RateLimiterError) -> RateDecision {
      let now = passed.withLock { $0 }
      return state.withLock { state in
        state.asked += 1
        let wait = (state.next[subject] ?? .zero) - now
        if wait > .zero { return RateDecision(isAllowed: false, remaining: 0, moreAfter: wait, retryAfter: wait) }
        state.next[subject] = now + .seconds(1)
        return RateDecision(isAllowed: true, remaining: 0, moreAfter: .seconds(1), retryAfter: .zero)
      }
    }
  }

  private let limit = RateLimit(name: "login", count: 1, window: .seconds(1))

  @Test("a refused subject is refused without a question until its time has come, and no other subject")
  func remembers() async throws {
    let base = OneASecond()
    let memory = RefusalMemory(base) { base.now }
    #expect(try await memory.take(limit, subject: "a").isAllowed)
    #expect(try await memory.take(limit, subject: "a").retryAfter == .seconds(1))
    #expect(base.asked == 2)
    base.advance(.milliseconds(400))
    for _ in 0..<100 {
      let decision = try await memory.take(limit, subject: "a")
      #expect(!decision.isAllowed && decision.remaining == 0)
      #expect(decision.retryAfter == .milliseconds(600) && decision.moreAfter == .milliseconds(600))
    }
    #expect(base.asked == 2)
    #expect(try await memory.take(limit, subject: "b").isAllowed)
    let other = RateLimit(name: "refresh", count: 1, window: .seconds(1))
    #expect(try await !memory.take(other, subject: "a").isAllowed)
    #expect(base.asked == 4)
    base.advance(.milliseconds(600))
    #expect(try await memory.take(limit, subject: "a").isAllowed)
  }

  @Test("many refused subjects fill it to its maximum only, and those beyond are refused all the same")
  func bounded() async throws {
    let base = OneASecond()
    let memory = RefusalMemory(base, maximum: 10) { base.now }
    for round in 1...3 {
      for subject in 0..<20 { #expect(try await memory.take(limit, subject: "\(subject)").isAllowed == (round == 1)) }
    }
    // 20 that were allowed, 20 that were refused, and of these the 10 that were not remembered.
    #expect(base.asked == 50)
    base.advance(.seconds(1))
    for subject in 0..<20 { #expect(try await memory.take(limit, subject: "\(subject)").isAllowed) }
  }
}
