import Domain
import Testing

@Suite("Pauses after lost workers")
struct TaskLossPauseTests {
  @Test("the first loss delays nothing, and from the second on the longest pause grows up to an hour")
  func grows() {
    let longest = (1...12).map { TaskLossPause.pause(after: $0, fraction: 1) }
    #expect(longest.prefix(3) == [.zero, .seconds(60), .seconds(120)])
    #expect(longest == longest.sorted() && longest.last == .seconds(3_600))
  }

  @Test("a pause is anywhere up to the longest one", arguments: [0.0, 0.25, 0.999])
  func spread(fraction: Double) {
    for losses in 0...20 {
      let longest = TaskLossPause.longest[min(max(losses, 1), TaskLossPause.longest.count) - 1]
      #expect(TaskLossPause.pause(after: losses, fraction: fraction) == longest * fraction)
    }
  }
}
