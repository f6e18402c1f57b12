import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Reading a care plan")
struct ReadCarePlanTests {
  let plans = InMemoryCarePlanRepository()
  let user = UserID(UUID())

  @Test("a talk that goes on has no plan yet")
  func live() async throws {
    plans.note(try session(), of: user, settled: false)
    await #expect(throws: ReadCarePlanError.sessionLive) {
      _ = try await ReadCarePlan(plans: plans)(session(), by: user)
    }
  }

  @Test("after the talk the plan is pending, and then it is there")
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

  @Test("a plan that is stored already is read, even before the settlement has been noted")
  func early() async throws {
    plans.note(try session(), of: user, settled: false)
    try await plans.store(.skipped(reason: "nothing_said"), session: session(), user: user, then: [])
    guard case .skipped("nothing_said")? = try await ReadCarePlan(plans: plans)(session(), by: user) else {
      Issue.record("the reason is not there")
      return
    }
  }

  @Test("another user's talk is not found, just as one that does not exist")
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
