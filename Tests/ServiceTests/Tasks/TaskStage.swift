import Application
import Domain
import Fakes
import Foundation
import HTTPServing
import HTTPTransport
import Logging

@testable import TaskService

/// Tasks over fakes.
struct TaskStage: ServiceStage {
  let serving = ServingFakes()
  let queue = InMemoryTaskQueue()
  let plans: InMemoryCarePlanRepository
  let undeliverable = InMemoryUndeliverableAddresses()
  var ports: TaskPorts
  private let settings: TaskSettings

  init() throws {
    plans = InMemoryCarePlanRepository(queue: queue)
    settings = try TaskSettings(
      TestSettings.reader([
        "ELEVEN_API_KEY": "key", "GEMINI_API_KEY": "key", "MAILJET_API_KEY": "key", "MAILJET_API_SECRET": "secret",
        "MAIL_FROM": "asha@example.com", "SECRET_KEY": "secret",
        "MAILJET_WEBHOOK_SECRET": "new", "MAILJET_WEBHOOK_SECRET_PREVIOUS": "old",
      ]))
    let administration = InMemoryTaskAdministration(queue: queue)
    ports = TaskPorts(
      serving: serving.ports, tasks: administration, administration: administration,
      actions: InMemoryTaskActions(queue: queue), types: InMemoryTaskTypes(queue: queue), plans: plans,
      planEraser: plans,
      streams: StandingStreams(), replays: StandingReplays(), traces: StandingEvents(), published: StandingEvents(),
      bus: InMemoryEventBus(), undeliverable: undeliverable,
      health: StandingServices(status: 200), logger: Logger(label: "tests"))
  }

  func api() throws -> ServiceAPI { TaskModule(settings, ports).api }

  /// The id of a waiting task of the user.
  func task() async throws -> TaskID {
    queue.insert(NewTask(type: .carePlan, payload: "{}", userID: serving.user, uniqueKey: nil))
    let tasks = try await InMemoryTaskAdministration(queue: queue).page(.everyone, after: nil, limit: 1)
    guard let id = tasks.first?.id else { throw TaskError.notFound }
    return id
  }

  /// A talk of the user.
  func talk(settled: Bool = true, plan: CarePlanOutcome? = nil) async throws -> SessionID {
    guard let session = SessionID(shard: Shard(of: serving.user), random: Array(repeating: 7, count: 16)) else {
      throw ReadCarePlanError.sessionNotFound
    }
    plans.note(session, of: serving.user, settled: settled)
    if let plan { try await plans.store(plan, session: session, user: serving.user, then: []) }
    return session
  }
}

/// The four services, as their health checks report them.
struct StandingServices: RequestSender {
  let status: Int

  func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse { HTTPClientResponse(status: status, headers: [], body: []) }
}

/// One stream with one dead letter.
struct StandingStreams: StreamAdministration {
  static let letter = DeadLetterID(list: "ended", entry: "1-0")

  func streams() async throws(StreamAdministrationError) -> [StreamReport] {
    let group = StreamReport.Group(
      name: "tasks", pending: 1, lag: 0, behind: .seconds(3), oldestPending: .seconds(3))
    return [StreamReport(name: "ended", length: 1, groups: [group])]
  }
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64] { ["ended": 1] }
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter] { [] }
  func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter]) {
    guard event == StandingEvents.event else { return ([], []) }
    let state = EventDelivery.State.pending(consumer: "task-1", idle: .seconds(3), deliveries: 2)
    let delivery = EventDelivery(
      stream: "ended", entry: entry ?? StreamEntryID(milliseconds: 1), group: "tasks", state: state)
    return ([delivery], [])
  }
  func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter? { nil }
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool { id == Self.letter }
}

struct StandingReplays: DeadLetterReplayLog {
  func note(replayOf id: DeadLetterID, actor: String) async throws {}
  func note(replayOfEvents what: String, reason: Reason?, actor: String) async throws {}
}

/// One published event, and as many as one wants before the year 2000.
struct StandingEvents: EventTraceReader, PublishedEventReader {
  static let event = EventID(UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)))
  private static let time = Date(timeIntervalSince1970: 1_800_000_000)

  private static let record = EventRecord(
    context: .tasks,
    envelope: EventEnvelope(
      id: event, source: "/talktime/task", type: "task.failed", subject: "s", time: time, data: "{}"),
    writtenAt: time, publishedAt: time, entry: StreamEntryID(milliseconds: 1))

  func record(of event: EventID) async throws -> EventRecord? { event == Self.event ? Self.record : nil }
  func inbox(of event: EventID) async throws -> [InboxRecord] { [] }
  func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary] { [] }

  func page(
    of source: String, in range: EventReplayRange, after last: EventRecord?, limit: Int
  ) async throws -> [EventRecord] {
    range.from.timeIntervalSince1970 < 946_684_800 ? Array(repeating: Self.record, count: limit) : []
  }
}

/// Stores that cannot be reached.
struct FailingTaskStores: TaskReader, TaskAdministration, TaskActionRepository, TaskTypeAdministration,
  CarePlanReader, CarePlanEraser, StreamAdministration, DeadLetterReplayLog, EventTraceReader, PublishedEventReader
{
  private struct Away: Error {}

  func page(_ scope: TaskOwnerFilter, after cursor: TaskCursor?, limit: Int) async throws -> [TaskSummary] {
    throw Away()
  }
  func search(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, after cursor: TaskCursor?, limit: Int
  ) async throws -> FoundTasks { throw Away() }
  func task(_ id: TaskID, _ scope: TaskOwnerFilter) async throws -> TaskSummary? { throw Away() }
  func failures(of id: TaskID) async throws -> [TaskFailure] { throw Away() }
  func stats(_ scope: TaskOwnerFilter) async throws -> TaskStats { throw Away() }
  func retry(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? { throw Away() }
  func cancel(_ id: TaskID, reason: Reason, actor: String) async throws -> TaskSummary? { throw Away() }
  func preview(_ action: TaskAction, on filter: TaskFilter, sample: Int) async throws -> TaskActionPreview {
    throw Away()
  }
  func start(_ action: NewTaskAction) async throws -> (id: TaskID, count: TaskCount) { throw Away() }
  func step(
    _ action: TaskAction, on filter: TaskFilter, of id: TaskID, from place: TaskActionPlace?, limit: Int
  ) async throws -> (changed: Int, next: TaskActionPlace?) { throw Away() }
  func types() async throws -> [TaskTypeReport] { throw Away() }
  func pause(_ type: TaskType, reason: Reason, actor: String) async throws { throw Away() }
  func resume(_ type: TaskType, reason: Reason, actor: String) async throws { throw Away() }
  func limit(_ type: TaskType, to limits: TaskTypeLimits, reason: Reason, actor: String) async throws { throw Away() }
  func carePlan(of session: SessionID) async throws -> CarePlanOutcome? { throw Away() }
  func work(on session: SessionID) async throws -> CarePlanWork? { throw Away() }
  func summary(of session: SessionID) async throws -> TalkSettlementStatus? { throw Away() }
  func erase(_ session: SessionID, of user: UserID) async throws { throw Away() }
  func streams() async throws(StreamAdministrationError) -> [StreamReport] { throw .unavailable }
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64] { throw .unavailable }
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter] {
    throw .unavailable
  }
  func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter]) {
    throw .unavailable
  }
  func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter? { throw .unavailable }
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool { throw .unavailable }
  func note(replayOf id: DeadLetterID, actor: String) async throws { throw Away() }
  func note(replayOfEvents what: String, reason: Reason?, actor: String) async throws { throw Away() }
  func record(of event: EventID) async throws -> EventRecord? { throw Away() }
  func inbox(of event: EventID) async throws -> [InboxRecord] { throw Away() }
  func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary] { throw Away() }
  func page(
    of source: String, in range: EventReplayRange, after last: EventRecord?, limit: Int
  ) async throws -> [EventRecord] { throw Away() }
}
