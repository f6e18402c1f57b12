import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Reading a care plan")
struct ReadCarePlanTests {
  let plans = InMemoryCarePlanRepository()
  let user = UserID(UUID())

  @Test("a talk that is under way has none yet")
  func live() async throws {
    plans.note(try session(), of: user, settled: false)
    await #expect(throws: ReadCarePlanError.sessionLive) {
      _ = try await ReadCarePlan(plans: plans)(session(), by: user)
    }
  }

  @Test("after the talk it is still to come, and then it is there")
  func settled() async throws {
    plans.note(try session(), of: user, settled: true)
    let before = try await ReadCarePlan(plans: plans)(session(), by: user)
    #expect(before == nil)
    try await plans.store(.ready(planJSON: "{}"), session: session(), user: user, then: [])
    guard case .ready("{}")? = try await ReadCarePlan(plans: plans)(session(), by: user) else {
      Issue.record("the plan is not there")
      return
    }
  }

  @Test("a plan that stands already is read, even while the note of the settlement is late")
  func early() async throws {
    plans.note(try session(), of: user, settled: false)
    try await plans.store(.skipped(reason: "nothing_said"), session: session(), user: user, then: [])
    guard case .skipped("nothing_said")? = try await ReadCarePlan(plans: plans)(session(), by: user) else {
      Issue.record("the reason is not there")
      return
    }
  }

  @Test("somebody else's talk is not found, and looks like one that never was")
  func foreign() async throws {
    try await plans.store(.ready(planJSON: "{}"), session: session(), user: user, then: [])
    await #expect(throws: ReadCarePlanError.sessionNotFound) {
      _ = try await ReadCarePlan(plans: plans)(session(), by: user)
    }
    plans.note(try session(), of: user, settled: true)
    await #expect(throws: ReadCarePlanError.sessionNotFound) {
      _ = try await ReadCarePlan(plans: plans)(session(), by: UserID(UUID()))
    }
    #expect(
      ReadCarePlanError.sessionNotFound.code == "not_found" && ReadCarePlanError.sessionLive.code == "session_live")
  }
}
