import Domain
import Testing

@Suite("The duration that a provider reports")
struct ReportedDurationTests {
  @Test(
    "what a call can have lasted is read to the millisecond",
    arguments: [(0, 0), (-0.0, 0), (90.5, 90_500), (0.0004, 0), (86_400, 86_400_000)] as [(Double, Int64)])
  func possible(seconds: Double, milliseconds: Int64) {
    #expect(ReportedDuration.time(ofSeconds: seconds) == .milliseconds(milliseconds))
  }

  @Test(
    "what no call can have lasted is no duration, and is not cut down to one",
    arguments: [86_400.001, 86_401, 1e12, 1e300, .infinity, -0.001, -5, -1e300, -.infinity, .nan] as [Double])
  func impossible(seconds: Double) {
    #expect(ReportedDuration.time(ofSeconds: seconds) == nil)
  }
}
