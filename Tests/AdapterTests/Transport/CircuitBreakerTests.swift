import HTTPTransport
import Testing

@Suite("The circuit breaker")
struct CircuitBreakerTests {
  private var breaker = CircuitBreaker(
    CircuitBreaker.Policy(failures: 3, firstPause: .seconds(1), longestPause: .seconds(5)))

  private mutating func pass(at second: Int) throws -> CircuitBreaker.Pass {
    guard case .admitted(let pass) = breaker.admit(at: .seconds(second)) else {
      throw Refused()
    }
    return pass
  }

  private struct Refused: Error {}

  private mutating func answer(_ answer: CircuitBreaker.Answer, at second: Int) throws {
    let pass = try pass(at: second)
    breaker.take(answer, of: pass, at: .seconds(second))
  }

  @Test("the breaker opens after a number of failures in a row, and a success between restarts the count")
  mutating func opens() throws {
    for answer in [CircuitBreaker.Answer.failure, .failure, .success, .failure, .failure] {
      try self.answer(answer, at: 0)
    }
    #expect(breaker.state == .closed(failures: 2))
    try answer(.failure, at: 0)
    #expect(breaker.state == .open(until: .seconds(1), pause: .seconds(1)))
    #expect(breaker.admit(at: .zero) == .refused(retryAfter: .seconds(1)))
  }

  @Test("the breaker lets one request through after the pause, and closes with its success")
  mutating func closes() throws {
    for _ in 0..<3 { try answer(.failure, at: 0) }
    let probe = try pass(at: 1)
    #expect(breaker.admit(at: .seconds(1)) == .refused(retryAfter: .zero))
    breaker.take(.success, of: probe, at: .seconds(2))
    #expect(breaker.state == .closed(failures: 0))
    _ = try pass(at: 2)
  }

  @Test("the pause doubles after each failure, up to the longest pause")
  mutating func pauses() throws {
    for _ in 0..<3 { try answer(.failure, at: 0) }
    var now = 0
    for pause in [1, 2, 4, 5, 5] {
      #expect(breaker.state == .open(until: .seconds(now + pause), pause: .seconds(pause)))
      #expect(breaker.admit(at: .seconds(now + pause - 1)) == .refused(retryAfter: .seconds(1)))
      now += pause
      try answer(.failure, at: now)
    }
    // After a success, the pauses are short again.
    try answer(.success, at: now + 5)
    for _ in 0..<3 { try answer(.failure, at: 100) }
    #expect(breaker.state == .open(until: .seconds(101), pause: .seconds(1)))
  }

  @Test("a trial request that ends without a result lets the next one through at once")
  mutating func cancelled() throws {
    for _ in 0..<3 { try answer(.failure, at: 0) }
    try answer(.none, at: 1)
    try answer(.success, at: 1)
    #expect(breaker.state == .closed(failures: 0))
  }

  @Test("an answer to a request from before the last change of state decides nothing")
  mutating func late() throws {
    let (early, other) = (try pass(at: 0), try pass(at: 0))
    for _ in 0..<3 { try answer(.failure, at: 0) }
    breaker.take(.success, of: early, at: .zero)
    #expect(breaker.state == .open(until: .seconds(1), pause: .seconds(1)))
    _ = try pass(at: 1)
    breaker.take(.failure, of: other, at: .seconds(1))
    #expect(breaker.state == .halfOpen(pause: .seconds(1)))
  }

  @Test("a busy provider gets no request for as long as it asks, up to the longest pause")
  mutating func busy() throws {
    try answer(.busy(.seconds(3)), at: 0)
    #expect(breaker.state == .open(until: .seconds(3), pause: .seconds(1)))
    try answer(.busy(.seconds(3_600)), at: 3)
    #expect(breaker.state == .open(until: .seconds(8), pause: .seconds(1)))
  }
}
