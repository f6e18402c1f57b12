import Domain
import Testing

@Suite("The schedule of a return's attempts")
struct PaymentReturnScheduleTests {
  @Test("attempts are frequent at first, then seldom, and end")
  func pauses() {
    let pauses = (1..<PaymentReturnSchedule.attempts).compactMap { PaymentReturnSchedule.pause(after: $0) }
    #expect(pauses.count == PaymentReturnSchedule.attempts - 1)
    let first: [Duration] = [15, 60, 240, 960, 3_840, 15_360, 43_200].map { .seconds($0) }
    #expect(Array(pauses[..<7]) == first)
    #expect(pauses == pauses.sorted())
    for attempt in [PaymentReturnSchedule.attempts, 1_000, Int.max] {
      #expect(PaymentReturnSchedule.pause(after: attempt) == nil)
    }
    for attempt in [Int.min, -1, 0] { #expect(PaymentReturnSchedule.pause(after: attempt) == .seconds(15)) }
  }
}
