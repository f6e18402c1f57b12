import Domain
import Testing

@Suite("Windows of unique keys")
struct TaskUniqueWindowTests {
  @Test("two moments have the same key exactly if they are in one window")
  func property() {
    for _ in 0..<2_000 {
      let window = TaskUniqueWindow(.seconds(Int64.random(in: 1...100_000)))
      let one = Int64.random(in: 0...4_000_000_000)
      let other = one + Int64.random(in: 0...(2 * window.seconds))
      let isSame = one / window.seconds == other / window.seconds
      #expect((window.key("k", at: one) == window.key("k", at: other)) == isSame, "\(window) \(one) \(other)")
      #expect(window.key("k", at: one) != window.key("l", at: one))
    }
  }

  @Test("windows of different lengths have different keys, also where they begin together")
  func lengths() {
    #expect(TaskUniqueWindow.hour.key("k", at: 86_400) != TaskUniqueWindow.day.key("k", at: 86_400))
    #expect(TaskUniqueWindow.hour.key("k", at: 86_400 + 3_599) == "k@86400+3600")
  }

  @Test(
    "a window is at least a second long", arguments: [Duration.zero, .milliseconds(999), .seconds(-5), .seconds(1)])
  func shortest(length: Duration) { #expect(TaskUniqueWindow(length).seconds == 1) }

  @Test("a window is no longer than the row that holds its key", arguments: [30, 31, 90])
  func longest(days: Int64) { #expect(TaskUniqueWindow(.seconds(days * 86_400)).seconds == 30 * 86_400) }
}
