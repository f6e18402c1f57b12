import Domain
import Testing

@Suite("Retries")
struct RetryScheduleTests {
  let schedule = RetrySchedule(base: .seconds(2), ceiling: .seconds(60))

  private func delay(after attempt: Int, fraction: Double, atLeast: Duration = .zero) -> Duration? {
    schedule.delay(
      after: attempt, failingFor: .seconds(1), giveUpAfter: .seconds(60), fraction: fraction, atLeast: atLeast)
  }

  @Test("the delay doubles up to the ceiling")
  func doubles() {
    #expect(delay(after: 1, fraction: 1) == .seconds(2))
    #expect(delay(after: 3, fraction: 1) == .seconds(8))
    #expect(delay(after: 99, fraction: 1) == .seconds(60))
  }

  @Test("jitter takes at most half away", arguments: [0.0, 0.25, 0.5, 0.999])
  func jitter(fraction: Double) throws {
    let delay = try #require(self.delay(after: 2, fraction: fraction))
    #expect(delay >= .seconds(2) && delay <= .seconds(4))
  }

  @Test("a retry is never sooner than the provider asked")
  func atLeast() { #expect(delay(after: 1, fraction: 0, atLeast: .seconds(34)) == .seconds(34)) }

  @Test("no retry follows when it has failed for too long, but never after a few attempts")
  func last() {
    func delay(_ attempt: Int, _ failingFor: Duration) -> Duration? {
      schedule.delay(after: attempt, failingFor: failingFor, giveUpAfter: .seconds(60), fraction: 0.5)
    }
    #expect(delay(10, .seconds(59)) != nil && delay(10, .seconds(60)) == nil)
    #expect(delay(9, .seconds(86_400)) != nil)
  }

  @Test("the tries outlast a provider's day, and those of erasures a month's outage", arguments: TaskType.allCases)
  func outlasts(type: TaskType) {
    #expect(type.giveUpAfter >= .seconds((type.isErasure ? 30 : 3) * 86_400))
    var (time, attempt) = (Duration.zero, 1)
    while let delay = RetrySchedule().delay(
      after: attempt, failingFor: time, giveUpAfter: type.giveUpAfter, fraction: 1)
    {
      (time, attempt) = (time + delay, attempt + 1)
    }
    #expect(time >= type.giveUpAfter && attempt < 1_000)
  }
}
