import Soak
import Testing

@Suite("Talks while services are killed", .serialized)
struct SoakTests {
  @Test(
    "a hundred users talk while everything is killed once, and each is charged the last response",
    .timeLimit(.minutes(3)))
  func soak() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "session", "2")
    let second = try suite.past("session", 2).publicURL
    let soak = try Soak(
      talkers: 100, seconds: 20, outage: .seconds(3), settings: suite.settings, doors: [second])
    let report = try await soak.run()
    #expect(report.faults == [])
    #expect(report.beats > 300)
    // Otherwise a habit did not occur. For a talker that hangs up, the event that the call is over may arrive first.
    #expect(Set(report.endings.keys).subtracting(["agent_ended"]) == ["user", "gap", "exhausted", "never_connected"])
    try await suite.dev("kill", "session", "2")
  }
}
