import Application
import Domain
import Fakes
import Foundation
import Synchronization
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
    #expect(try await act(.retry, on: failed, reason: "the key was wrong", actor: "a").count.number == 2)
    #expect(actions.noted.map(\.reason.text) == ["the key was wrong"])
  }

  @Test("a type that this build does not know needs a task that the action concerns")
  func unknownType() async throws {
    let actions = actions
    let typed = TaskFilter(type: "horoscope")
    let act = ActOnTasks(actions: actions)
    await #expect(throws: TaskError.unknownType) { try await act.preview(.cancel, on: typed) }
    await #expect(throws: TaskError.unknownType) { try await act(.cancel, on: typed, reason: "a test", actor: "a") }
    #expect(actions.noted.isEmpty)
    // A known type may have no task.
    #expect(try await act.preview(.cancel, on: TaskFilter(type: "care_plan")).count.number == 0)
    queue.insert(unknownType: "horoscope", userID: nil)
    #expect(try await act.preview(.cancel, on: typed).count.number == 1)
    #expect(try await act(.cancel, on: typed, reason: "a test", actor: "a").count.number == 1)
    await #expect(throws: TaskError.unknownType) { try await act.preview(.retry, on: TaskFilter(type: "horoscop")) }
  }

  @Test("times that end before they begin are refused")
  func times() async throws {
    let actions = actions
    let act = ActOnTasks(actions: actions)
    let never = TaskFilter(
      createdAfter: Date(timeIntervalSince1970: 1_800_000_000),
      createdBefore: Date(timeIntervalSince1970: 1_700_000_000))
    await #expect(throws: TaskError.noTime) { try await act.preview(.retry, on: never) }
    await #expect(throws: TaskError.noTime) { try await act(.retry, on: never, reason: "a test", actor: "a") }
    #expect(actions.noted.isEmpty)
  }

  @Test("its task changes all tasks, however many steps that takes")
  func steps() async throws {
    try await fail(1_203)
    let act = ActOnTasks(actions: actions)
    #expect(try await act.preview(.retry, on: failed).count == TaskCount(counted: 1_203))
    #expect(try await act.preview(.retry, on: failed).sample.count == 20)
    _ = try await act(.retry, on: failed, reason: "the key was wrong", actor: "a")
    let task = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).first)
    #expect(await RunTaskAction(actions: actions, steps: queue).perform(task) == .completed)
    #expect(queue.rows.count { $0.state == .pending } == 1_203)
  }

  @Test("an attempt goes on where the one before has stopped")
  func goesOn() async throws {
    try await fail(1_203)
    let stopping = StoppingActions(actions)
    let run = RunTaskAction(actions: stopping, steps: queue)
    _ = try await ActOnTasks(actions: actions)(.retry, on: failed, reason: "the key was wrong", actor: "a")
    let first = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).first)
    #expect(await run.perform(first) == .retry(code: "tasks_unavailable", after: .zero))
    let again = TaskDisposition.again(after: .zero, code: "tasks_unavailable", counts: true)
    #expect(try await queue.finish(first, worker: "a", as: again))
    #expect(queue.rows.count { $0.state == .failed } == 203)
    let second = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).first)
    #expect(second.id == first.id)
    #expect(await run.perform(second) == .completed)
    let places = stopping.places
    #expect(places.count == 4 && places[0] == nil && places[1] != nil && places[2] != places[1])
    #expect(places.last == places[2])
    #expect(queue.rows.allSatisfy { $0.state != .failed })
  }

  @Test("an attempt that has lost its task keeps no place, and does not go on")
  func lost() async throws {
    try await fail(1_203)
    _ = try await ActOnTasks(actions: actions)(.retry, on: failed, reason: "the key was wrong", actor: "a")
    let task = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).first)
    let back = TaskDisposition.again(after: .zero, code: nil, counts: false)
    #expect(try await queue.finish(task, worker: "a", as: back))
    let outcome = await RunTaskAction(actions: actions, steps: queue).perform(task)
    #expect(outcome == .retry(code: "cancelled", after: .zero))
    #expect(queue.rows.count { $0.state == .failed } == 703)
    #expect(try await queue.steps(of: task.id).isEmpty)
  }

  @Test("no more than ten thousand are counted, and a count may be given up")
  func bounded() {
    #expect(TaskCount(counted: 10_000).number == 10_000 && !TaskCount(counted: 10_000).isLeast)
    #expect(TaskCount(counted: 10_001).number == 10_000 && TaskCount(counted: 10_001).isLeast)
    #expect(TaskCount(counted: 3, isComplete: false).number == 3 && TaskCount(counted: 3, isComplete: false).isLeast)
  }

  @Test("a payload that this build does not understand changes nothing")
  func malformed() async throws {
    try await fail(1)
    for payload in [
      "{}", #"{"action":"delete"}"#, #"{"action":"priority"}"#, #"{"action":"retry","state":"new"}"#,
      #"{"action":"priority","priority":101}"#, #"{"action":"retry","priority":1}"#,
    ] {
      let task = claimed(.taskAction, payload, of: nil)
      #expect(await RunTaskAction(actions: actions, steps: queue).perform(task) == .failed(code: "malformed_payload"))
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

/// The third step finds no database.
private final class StoppingActions: TaskActionRepository {
  private struct Away: Error {}
  private let actions: InMemoryTaskActions
  private let asked = Mutex<[TaskActionPlace?]>([])

  init(_ actions: InMemoryTaskActions) { self.actions = actions }

  /// From where each step went on.
  var places: [TaskActionPlace?] { asked.withLock(\.self) }

  func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview {
    try await actions.preview(action, on: filter, sample: sample)
  }

  func start(_ new: NewTaskAction) async throws -> (id: TaskID, count: TaskCount) { try await actions.start(new) }

  func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, from place: TaskActionPlace?, limit: Int
  ) async throws -> (changed: Int, next: TaskActionPlace?) {
    let count = asked.withLock { asked in
      asked.append(place)
      return asked.count
    }
    if count == 3 { throw Away() }
    return try await actions.step(action, on: filter, of: id, from: place, limit: limit)
  }
}
