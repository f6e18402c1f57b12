import Synchronization
import Testing

@testable import HTTPServing

@Suite("Readiness of a service")
struct ReadinessTests {
  @Test("a dependency whose check hangs counts as down, and does not delay the answer", .timeLimit(.minutes(1)))
  func silent() async {
    let (isOver, hasEnded) = (Flag(), Flag())
    let readiness = Readiness(
      [
        Readiness.Check("silent", isNeeded: false) {
          // The caller gives up; this check goes on, but not forever.
          let end = ContinuousClock.now + .seconds(30)
          while !isOver.isSet, ContinuousClock.now < end {
            await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
          }
          hasEnded.set()
          return true
        },
        Readiness.Check("here", isNeeded: true) { true },
      ], isDraining: { false })
    let finding = await readiness.look()
    #expect(finding.canServe && finding.down == ["silent"])
    #expect(!hasEnded.isSet)
    isOver.set()
  }
}

private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
