import Application
import Domain
import Fakes
import Testing

@Suite("Pausing and limiting a type of task")
struct SteerTaskTypesTests {
  private let types = InMemoryTaskTypes(queue: InMemoryTaskQueue())
  private var steer: SteerTaskTypes { SteerTaskTypes(types: types) }

  @Test("each action shows the type afterwards and is in the audit log")
  func actions() async throws {
    let limits = try #require(TaskTypeLimits(mostRunning: 2, mostPerMinute: 60))
    #expect(try await steer(.pause, "care_plan", reason: "no quota", actor: "cli:a").pause?.reason == "no quota")
    #expect(try await steer(.limit(limits), "care_plan", reason: "a quota", actor: "cli:a").limits == limits)
    let resumed = try await steer(.resume, "care_plan", reason: "quota again", actor: "cli:b")
    #expect(resumed.pause == nil && resumed.limits == limits)
    #expect(
      types.noted == [
        "pause care_plan no quota cli:a", "limit care_plan a quota cli:a", "resume care_plan quota again cli:b",
      ])
    #expect(try await steer.all().map(\.type) == TaskType.allCases)
  }

  @Test("without a reason, for no type, or for a pause of the actions themselves nothing is changed")
  func refused() async throws {
    await #expect(throws: TaskError.invalidReason) { try await steer(.pause, "care_plan", reason: "", actor: "cli:a") }
    await #expect(throws: TaskError.notFound) { try await steer(.pause, "horoscope", reason: "a", actor: "cli:a") }
    await #expect(throws: TaskError.stateForbids) {
      try await steer(.pause, "task_action", reason: "a", actor: "cli:a")
    }
    #expect(types.noted.isEmpty)
  }
}
