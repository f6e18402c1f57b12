import Application
import Domain
import Foundation
import Testing

@Suite("The task queue", .serialized)
struct TaskQueueContract {
  @Test("due tasks are given out, the more urgent first, with their data", arguments: TaskStoreKind.allCases)
  func priority(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await store.enqueue(.plan(#"{"n":1}"#, of: user))
      try await store.advance(.seconds(1))
      try await store.enqueue(.plan(#"{"n":2}"#), .plan(#"{"n":3}"#, of: user, type: .receiptMail, priority: 10))
      let first = try #require(try await store.claim(1).first)
      #expect(first.payload.contains("3") && first.type == .receiptMail && first.userID == user && first.attempt == 1)
      let second = try #require(try await store.claim(1).first)
      #expect(second.payload.contains("1") && second.type == .carePlan)
      #expect(try await store.claim().map(\.userID) == [nil])
      #expect(try await store.claim().isEmpty)
    }
  }

  @Test("no two workers get the same task", arguments: TaskStoreKind.allCases)
  func racing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<60 { try await store.enqueue(.plan()) }
      let taken = try await withThrowingTaskGroup(of: [TaskID].self) { group in
        for worker in 0..<4 {
          group.addTask {
            var mine: [TaskID] = []
            // SKIP LOCKED may find nothing while other workers hold the rest, so one empty result does not mean the
            // end.
            for _ in 0..<15 { mine += try await store.claim(4, by: "w\(worker)").map(\.id) }
            return mine
          }
        }
        return try await group.reduce([], +)
      }
      #expect(taken.count == 60)
      #expect(Set(taken).count == 60)
    }
  }

  @Test("a task of an unknown type is parked, where an operator sees it", arguments: TaskStoreKind.allCases)
  func unknown(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.insertUnknown("horoscope")
      try await store.enqueue(.plan())
      #expect(try await store.claim().map(\.type) == [.carePlan])
      let parked = try #require(
        try await store.reader.page(.everyone, after: nil, limit: 10).first { $0.state == .parked })
      #expect(parked.type == "horoscope" && parked.attempts == 0 && parked.startedAt == nil)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 1)
      #expect(try await store.reader.task(parked.id, .everyone)?.state == .parked)
    }
  }

  @Test("a backlog of an hour comes after what is urgent, however old it is", arguments: TaskStoreKind.allCases)
  func urgent(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan(#"{"n":1}"#)) }
      try await store.advance(.seconds(3_600))
      try await store.enqueue(
        .plan(#"{"n":2}"#, priority: 5), .plan(#"{"n":3}"#, type: .verificationMail, priority: 10))
      var order: [String] = []
      for _ in 0..<3 { order += try await store.claim(1).map(\.payload) }
      #expect(order.map { $0.filter(\.isNumber) } == ["3", "2", "1"])
    }
  }

  @Test("one claim in eight goes by age alone, so that no task waits for ever", arguments: TaskStoreKind.allCases)
  func aging(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan()) }
      try await store.advance(.seconds(1))
      for _ in 0..<20 { try await store.enqueue(.plan(type: .receiptMail, priority: 10)) }
      var types: [TaskType] = []
      for _ in 0..<(2 * TaskPriority.claimsUntilOneByAge) { types += try await store.claim(1).map(\.type) }
      #expect(types.count == 16 && types.filter { $0 == .carePlan }.count == 2)
    }
  }

  @Test("a claim of urgent tasks alone leaves all others, however old they are", arguments: TaskStoreKind.allCases)
  func onlyUrgent(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan(priority: 5))
      try await store.advance(.seconds(3_600))
      try await store.enqueue(.plan(type: .receiptMail, priority: 10), .plan(priority: 100))
      try await store.queue.survey()
      var taken: [Int] = []
      for _ in 0..<TaskPriority.claimsUntilOneByAge {
        taken += try await store.queue.claim(limit: 1, onlyUrgent: true, worker: "a", lease: .seconds(30))
          .map(\.priority)
      }
      #expect(taken == [100, 10])
      #expect(try await store.claim().map(\.priority).sorted() == [0, 5])
    }
  }

  @Test(
    "what the release before has parked runs when its type is known", arguments: TaskStoreKind.allCases)
  func parkedBefore(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let id = try #require(try await store.reader.page(.everyone, after: nil, limit: 1).first?.id)
      try await store.park(id)
      #expect(try await store.reader.task(id, .everyone)?.errorCode == "unknown_type")
      #expect(try await store.claim().isEmpty)
      #expect(try await store.queue.rescue(maximumLosses: 5) == 0)
      #expect(try await store.claim().map(\.id) == [id])
    }
  }

  @Test(
    "a task of an unknown version is parked without an attempt, until a worker reads it",
    arguments: TaskStoreKind.allCases)
  func unknownVersion(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(version: 3))
      let parked = TaskDisposition.parked(code: "unknown_version")
      let task = try #require(try await store.claim().first)
      #expect(task.version == 3)
      #expect(try await store.queue.finish(task, worker: "a", as: parked))
      let shown = try #require(try await store.reader.task(task.id, .everyone))
      #expect(shown.state == .parked && shown.errorCode == "unknown_version" && shown.attempts == 0)
      #expect(shown.completedAt == nil)
      #expect(try await store.reader.failures(of: task.id).isEmpty)
      for versions in [1...1, 1...2, 4...5] {
        #expect(try await store.queueReading(versions).rescue(maximumLosses: 5) == 0)
        #expect(try await store.claim().isEmpty)
      }
      #expect(try await store.queueReading(2...3).rescue(maximumLosses: 5) == 0)
      let again = try #require(try await store.claim().first)
      #expect(again.id == task.id && again.attempt == 1)
      #expect(try await store.administration.cancel(task.id)?.state == .running)
      #expect(try await store.queue.finish(again, worker: "a", as: parked))
      #expect(try await store.reader.task(task.id, .everyone)?.state == .cancelled)
    }
  }
}
