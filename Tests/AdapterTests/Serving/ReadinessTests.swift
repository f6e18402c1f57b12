import Synchronization
import Testing

@testable import HTTPServing

@Suite("Whether a service can serve")
struct ReadinessTests {
  @Test("a dependency that does not let go is down, and nobody waits for it", .timeLimit(.minutes(1)))
  func silent() async {
    let isOver = Mutex(false)
    let readiness = Readiness(
      [
        Readiness.Check("silent", isNeeded: false) {
          // Whoever asks gives up; this goes on.
          while !isOver.withLock({ $0 }) { await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value }
          return true
        },
        Readiness.Check("here", isNeeded: true) { true },
      ], isDraining: { false })
    let finding = await readiness.look()
    #expect(finding.canServe && finding.down == ["silent"])
    isOver.withLock { $0 = true }
  }
}
