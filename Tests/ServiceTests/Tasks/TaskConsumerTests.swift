import Application
import Domain
import Fakes
import Foundation
import PostgresDriver
import Synchronization
import Testing

@testable import TaskService

@Suite("The consumers of the task service over a bus that duplicates, reorders and fails")
struct TaskConsumerTests {
  /// Events that make tasks with a unique key, tasks without one, and none.
  private static func events() throws -> [EventEnvelope] {
    var events: [EventEnvelope] = []
    for number in Int64(0)..<12 {
      let user = UserID(UUID())
      let session = try #require(
        SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
      events += [
        try Envelopes.envelope(
          TalkSettled(
            userID: user, sessionID: session, conversationID: nil, charged: .seconds(1), endReason: "user")),
        // Several crossings of the mark by one user are several mails.
        try Envelopes.envelope(TalkTimeLow(userID: user, remaining: .seconds(number))),
        try Envelopes.envelope(TalkTimeLow(userID: user, remaining: .seconds(number))),
        try Envelopes.envelope(PasswordChanged(userID: user, changeID: "\(number)")),
        try Envelopes.envelope(EmailVerified(userID: user)),
        try Envelopes.envelope(UserDisabled(userID: user)),
      ]
    }
    return events
  }

  private func tasks(_ queue: InMemoryTaskQueue) -> [String: Int] {
    let names = queue.rows.map { row in
      "\(row.type) \(row.task.payload) \(row.task.userID?.description ?? "-") \(row.task.uniqueKey ?? "-")"
    }
    return Dictionary(grouping: names, by: \.self).mapValues(\.count)
  }

  @Test("the tasks are those of an orderly bus, each once", arguments: UInt64(1)...20)
  func once(seed: UInt64) async throws {
    let events = try Self.events()
    let (queue, orderly) = (InMemoryTaskQueue(), InMemoryTaskQueue())
    let inbox = UnreliableTaskInbox(queue: queue)
    for consumer in TaskEventConsumers(enqueue: EnqueueTasks(queue: inbox, accounts: queue)).all {
      let report = await UnreliableEventBus(seed: seed).deliver(
        events, to: consumer, trouble: { inbox.trouble($0, $1) })
      #expect(report.buried.isEmpty && report.duplicates > 0 && report.failures > 0)
    }
    for event in events {
      for consumer in TaskEventConsumers(enqueue: EnqueueTasks(queue: orderly, accounts: orderly)).all {
        try await consumer.handle(event)
      }
    }
    #expect(tasks(queue) == tasks(orderly))
    #expect(queue.rows.count == 12 * 4)
  }

  @Test("an event that the database refuses is buried after its tries, and so is one whose data is not its type's")
  func refused() async throws {
    let (queue, user) = (InMemoryTaskQueue(), UserID(UUID()))
    let inbox = UnreliableTaskInbox(queue: queue)
    let (good, poison) = (
      try Envelopes.envelope(PasswordChanged(userID: user, changeID: "1")),
      try Envelopes.envelope(PasswordChanged(userID: user, changeID: "2"))
    )
    let broken = EventEnvelope(
      id: EventID(UUID()), source: "/talktime/auth", type: PasswordChanged.type, subject: "s", time: nil, data: "{}")
    inbox.refuse(poison.id)
    let consumer = try #require(TaskEventConsumers(enqueue: EnqueueTasks(queue: inbox, accounts: queue)).all.first)
    let report = await UnreliableEventBus(seed: 5).deliver(
      [poison, good, broken], to: consumer, trouble: { inbox.trouble($0, $1) })
    #expect(Set(report.buried.map(\.id)) == [poison.id, broken.id])
    #expect(queue.rows.count == 1)
  }

  @Test("a deletion makes its task; an event about an account that was not deleted is buried, and makes none")
  func deletions() async throws {
    let (queue, gone) = (InMemoryTaskQueue(), UserID(UUID()))
    queue.delete(gone)
    let inbox = UnreliableTaskInbox(queue: queue)
    let (forged, real) = (
      try Envelopes.envelope(UserDeleted(userID: UserID(UUID()))), try Envelopes.envelope(UserDeleted(userID: gone))
    )
    for consumer in TaskEventConsumers(enqueue: EnqueueTasks(queue: inbox, accounts: queue)).all {
      let report = await UnreliableEventBus(seed: 7).deliver(
        [forged, real], to: consumer, trouble: { inbox.trouble($0, $1) })
      #expect(Set(report.buried.map(\.id)) == [forged.id])
      // At once: nothing that stores answer changes that the account is there.
      #expect(consumer.isFinal(ErasureRefusal.accountNotDeleted))
      #expect(!consumer.isFinal(PostgresError(.unavailable)))
    }
    #expect(queue.rows.map(\.task.userID) == [gone])
  }

  @Test(
    "a deployment that refuses every event makes no dead letters: events wait for its repair",
    arguments: ["42501", "42P01", "42703", "0A000", "3D000", "XX001"])
  func deployment(state: String) {
    let queue = InMemoryTaskQueue()
    for consumer in TaskEventConsumers(enqueue: EnqueueTasks(queue: queue, accounts: queue)).all {
      #expect(consumer.isAway(PostgresError(.server(sqlState: state, constraint: nil))))
    }
  }
}

/// A queue whose database is away at times, or loses its answers.
private final class UnreliableTaskInbox: EventTaskInbox {
  private struct State {
    var refused: Set<EventID> = []
    var mishap: Mishap?
  }

  private let queue: InMemoryTaskQueue
  private let state = Mutex(State())

  init(queue: InMemoryTaskQueue) { self.queue = queue }

  func refuse(_ event: EventID) { state.withLock { _ = $0.refused.insert(event) } }

  func trouble(_ number: UInt64, _ isCalm: Bool) {
    let mishaps: [Mishap?] = [nil, nil, .fails, .losesAnswer]
    state.withLock { $0.mishap = isCalm ? nil : mishaps[Int(number % 4)] }
  }

  func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws {
    try await pass(event) { try await queue.enqueue(tasks, wake: wake, for: event) }
  }

  func callBack(_ key: String, for event: EventID) async throws {
    try await pass(event) { try await queue.callBack(key, for: event) }
  }

  private func pass(_ event: EventID, _ body: () async throws -> Void) async throws {
    let (mishap, isRefused) = state.withLock { ($0.mishap, $0.refused.contains(event)) }
    if mishap == .fails { throw PostgresError(.unavailable) }
    if isRefused { throw PostgresError(.server(sqlState: "23514", constraint: "tasks_status_check")) }
    try await body()
    if mishap == .losesAnswer { throw PostgresError(.unavailable) }
  }
}
