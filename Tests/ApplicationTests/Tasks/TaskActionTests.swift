import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("An operator's action on many tasks")
struct TaskActionTests {
  private let queue = InMemoryTaskQueue()
  private var actions: InMemoryTaskActions { InMemoryTaskActions(queue: queue) }
  private let failed = TaskFilter(state: .failed)

  private func fail(_ count: Int) async throws {
    for _ in 0..<count { queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil)) }
    for task in try await queue.claim(limit: count, worker: "a", lease: .seconds(30)) {
      #expect(try await queue.finish(task, worker: "a", as: .failed(code: "gemini_refused")))
    }
  }

  @Test("it needs a condition and a reason, and is recorded with them")
  func refusals() async throws {
    let actions = actions
    let act = ActOnTasks(actions: actions)
    await #expect(throws: TaskError.emptyFilter) { try await act(.retry, on: TaskFilter(), reason: "r", actor: "a") }
    await #expect(throws: TaskError.invalidReason) { try await act(.retry, on: failed, reason: " ", actor: "a") }
    #expect(actions.noted.isEmpty && queue.rows.isEmpty)
    try await fail(2)
    #expect(try await act(.retry, on: failed, reason: "the key was wrong", actor: "a").count == 2)
    #expect(actions.noted.map(\.reason.text) == ["the key was wrong"])
  }

  @Test("its task changes all tasks, however many steps that takes")
  func steps() async throws {
    try await fail(1_203)
    let act = ActOnTasks(actions: actions)
    #expect(try await act.preview(.retry, on: failed).count == 1_203)
    #expect(try await act.preview(.retry, on: failed).sample.count == 20)
    _ = try await act(.retry, on: failed, reason: "the key was wrong", actor: "a")
    let task = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).first)
    #expect(await RunTaskAction(actions: actions).perform(task) == .completed)
    #expect(queue.rows.count { $0.state == .pending } == 1_203)
  }

  @Test("a payload that this build does not understand changes nothing")
  func malformed() async throws {
    try await fail(1)
    for payload in [
      "{}", #"{"action":"delete"}"#, #"{"action":"priority"}"#, #"{"action":"retry","state":"new"}"#,
      #"{"action":"priority","priority":101}"#, #"{"action":"retry","priority":1}"#,
    ] {
      let task = claimed(.taskAction, payload, of: nil)
      #expect(await RunTaskAction(actions: actions).perform(task) == .failed(code: "malformed_payload"))
    }
    #expect(queue.rows.map(\.state) == [.failed])
  }

  @Test("a payload keeps an action and its filter", arguments: [TaskAction.retry, .cancel, .runNow, .priority(-3)])
  func payload(action: TaskAction) throws {
    let filter = TaskFilter(
      type: "care_plan", state: .failed, errorCode: "e", createdAfter: Date(unixMicroseconds: 1),
      createdBefore: Date(unixMicroseconds: 1_800_000_000_000_001))
    for filter in [filter, TaskFilter(type: "x")] {
      let read = try #require(TaskActionPayload(json: TaskActionPayload(action, on: filter).json))
      #expect(read.taskAction == action && read.filter == filter)
    }
  }
}
