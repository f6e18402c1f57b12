import Domain
import Testing

@Suite("Retries")
struct RetryScheduleTests {
  let schedule = RetrySchedule(base: .seconds(2), ceiling: .seconds(60), maximumAttempts: 5)

  @Test("the delay doubles up to the ceiling")
  func doubles() {
    #expect(schedule.delay(after: 1, fraction: 1) == .seconds(2))
    #expect(schedule.delay(after: 3, fraction: 1) == .seconds(8))
    #expect(RetrySchedule(maximumAttempts: 100).delay(after: 99, fraction: 1) == .seconds(600))
  }

  @Test("jitter takes at most half away", arguments: [0.0, 0.25, 0.5, 0.999])
  func jitter(fraction: Double) throws {
    let delay = try #require(schedule.delay(after: 2, fraction: fraction))
    #expect(delay >= .seconds(2) && delay <= .seconds(4))
  }

  @Test("a retry is never sooner than the provider asked")
  func atLeast() { #expect(schedule.delay(after: 1, fraction: 0, atLeast: .seconds(34)) == .seconds(34)) }

  @Test("no retry follows the last attempt")
  func last() { #expect(schedule.delay(after: 5, fraction: 0.5) == nil) }
}
