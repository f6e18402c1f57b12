import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Reading and deleting a care plan")
struct ReadCarePlanTests {
  let queue: InMemoryTaskQueue
  let plans: InMemoryCarePlanRepository
  let user = UserID(UUID())

  init() {
    queue = InMemoryTaskQueue()
    plans = InMemoryCarePlanRepository(queue: queue)
  }

  private func read(by reader: UserID? = nil) async throws -> CarePlanStatus {
    try await ReadCarePlan(plans: plans)(session(), by: reader ?? user)
  }

  private func delete(by reader: UserID? = nil) async throws {
    try await DeleteCarePlan(plans: plans, eraser: plans)(session(), by: reader ?? user)
  }

  private let start = Date(timeIntervalSince1970: 0)

  @Test("a talk that goes on has no plan yet, and none to delete")
  func live() async throws {
    plans.note(try session(), of: user, settled: false)
    await #expect(throws: ReadCarePlanError.sessionLive) { _ = try await read() }
    await #expect(throws: ReadCarePlanError.sessionLive) { try await delete() }
  }

  @Test("after the talk the plan is pending, since its end and with a reason, and then it is there")
  func settled() async throws {
    plans.note(try session(), of: user, settled: true)
    #expect(try await read() == .pending(reason: "queued", since: start))
    plans.setTask(of: try session(), .pending, error: nil)
    _ = try await plans.note("gemini_daily_quota", of: .outage, session: session(), user: user)
    #expect(try await read() == .pending(reason: "gemini_daily_quota", since: start))
    plans.setTask(of: try session(), .running, error: nil)
    try await plans.store(.ready(planJSON: "{}"), session: session(), user: user, then: [])
    #expect(try await read() == .ended(.ready(planJSON: "{}")))
  }

  @Test(
    "a plan is pending no longer than its task",
    arguments: [
      (TaskState.failed, "worker_lost" as String?, CarePlanOutcome.failed(reason: "worker_lost")),
      (.failed, nil, .failed(reason: "unknown")), (.cancelled, nil, .failed(reason: "cancelled")),
      (.completed, nil, .skipped(reason: "expired")),
    ])
  func ended(task: TaskState, error: String?, outcome: CarePlanOutcome) async throws {
    plans.note(try session(), of: user, settled: true)
    plans.setTask(of: try session(), task, error: error)
    #expect(try await read() == .ended(outcome))
  }

  @Test("a talk of which there is no task is pending for a day")
  func noTask() async throws {
    plans.note(try session(), of: user, settled: true)
    queue.advance(.seconds(86_400))
    #expect(try await read() == .pending(reason: "queued", since: start))
    queue.advance(.seconds(1))
    #expect(try await read() == .ended(.skipped(reason: "expired")))
  }

  @Test("a plan that is stored already is read, even before the settlement has been noted")
  func early() async throws {
    plans.note(try session(), of: user, settled: false)
    try await plans.store(.skipped(reason: "nothing_said"), session: session(), user: user, then: [])
    #expect(try await read() == .ended(.skipped(reason: "nothing_said")))
  }

  @Test("a deleted plan is gone, as often as it is deleted, and so is one that is still being written")
  func deleted() async throws {
    plans.note(try session(), of: user, settled: true)
    try await delete()
    try await plans.store(.ready(planJSON: "{}"), session: session(), user: user, then: [])
    #expect(try await read() == .ended(.deleted))
    try await delete()
  }

  @Test("another user's talk is not found, just as one that does not exist")
  func foreign() async throws {
    let other = UserID(UUID())
    try await plans.store(.ready(planJSON: "{}"), session: session(), user: user, then: [])
    await #expect(throws: ReadCarePlanError.sessionNotFound) { _ = try await read() }
    plans.note(try session(), of: user, settled: true)
    await #expect(throws: ReadCarePlanError.sessionNotFound) { _ = try await read(by: other) }
    await #expect(throws: ReadCarePlanError.sessionNotFound) { try await delete(by: other) }
    #expect(try await read() == .ended(.ready(planJSON: "{}")))
    #expect(
      ReadCarePlanError.sessionNotFound.code == "not_found" && ReadCarePlanError.sessionLive.code == "session_live")
  }
}
