import TestInfrastructure
import Testing

@testable import RedisAdapter

@Suite("An attempt at an event")
struct StreamAttemptTests {
  @Test("whoever has waited for its end leaves nothing behind, whether it has come, is late, or is not waited for")
  func waits() async throws {
    let attempt = StreamAttempt { try await Task.sleep(for: .seconds(600)) }
    for _ in 0..<20 {
      let result = await attempt.result(within: .milliseconds(1))
      #expect(result == nil)
    }
    #expect(attempt.waits == 0)

    let given = Task { await attempt.result() }
    #expect(await eventually { attempt.waits == 1 ? true : nil } == true)
    given.cancel()
    let none = await given.value
    #expect(none == nil && attempt.waits == 0)

    let waiting = Task { await attempt.result() }
    #expect(await eventually { attempt.waits == 1 ? true : nil } == true)
    attempt.cancel()
    let result = await waiting.value
    #expect(throws: CancellationError.self) { try result?.get() }
    #expect(attempt.waits == 0)
    let again = await attempt.result(within: .seconds(600))
    #expect(again != nil && attempt.waits == 0)
  }
}
