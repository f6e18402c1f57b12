import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Tasks by a filter", .serialized)
struct TaskSearchContract {
  /// Ten tasks in nearly all states, two of them the user's.
  private func fill(_ store: TaskStore, user: UserID) async throws {
    for number in 0..<10 {
      let type: TaskType = number % 3 == 0 ? .receiptMail : .carePlan
      try await store.enqueue(.plan(of: number % 5 == 0 ? user : nil, type: type))
      try await store.advance(.seconds(100))
    }
    let claimed = try await store.claim(8).sorted { $0.id.description < $1.id.description }
    for (number, task) in claimed.enumerated() where number < 6 {
      let ends: [TaskDisposition] = [.completed, .failed(code: "broken"), .failed(code: "refused")]
      #expect(try await store.queue.finish(task, worker: "a", as: ends[number % 3]))
    }
    let waiting = try await store.reader.page(.everyone, after: nil, limit: 100).first { $0.state == .pending }
    let id = try #require(waiting?.id)
    #expect(try await store.administration.cancel(id) != nil)
    try await store.insertUnknown("horoscope")
  }

  private func filters(_ all: [TaskSummary]) throws -> [TaskFilter] {
    let from = try #require(all.dropFirst(7).first?.createdAt)
    let until = try #require(all.dropFirst(2).first?.createdAt)
    let states = TaskState.allCases.map { TaskFilter(state: $0) }
    return states + [
      TaskFilter(type: "care_plan"), TaskFilter(type: "horoscope"), TaskFilter(type: "none"),
      TaskFilter(errorCode: "broken"), TaskFilter(type: "receipt_mail", state: .failed),
      TaskFilter(state: .completed, errorCode: "broken"), TaskFilter(createdAfter: from, createdBefore: until),
      TaskFilter(createdBefore: until), TaskFilter(state: .failed, createdAfter: from, createdBefore: until),
      TaskFilter(state: .completed, createdAfter: from),
    ]
  }

  @Test(
    "the pages have every task that the filter admits once, the newest first", arguments: TaskStoreKind.allCases,
    [1, 3])
  func pages(kind: TaskStoreKind, size: Int) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await fill(store, user: user)
      for scope in [TaskOwnerFilter.everyone, .own(user), .own(UserID(UUID()))] {
        let seen = try await store.reader.page(scope, after: nil, limit: 100)
        for filter in try filters(try await store.reader.page(.everyone, after: nil, limit: 100)) {
          let expected = seen.filter { task in
            filter.states.contains(task.state)
              && filter.admits(type: task.type, errorCode: task.errorCode, createdAt: task.createdAt)
          }
          #expect(try await all(scope, filter, store.reader, size: size) == expected, "\(filter) of \(scope)")
        }
      }
    }
  }

  @Test("a search that may look at few tasks only finds them all in the end", arguments: [1, 2, 4])
  func bounded(span: Int) async throws {
    try await withMigratedDatabase { database in
      let store = TaskStore.inPostgres(database.pool)
      let user = UserID(UUID())
      try await fill(store, user: user)
      let reader = PostgresTaskReader(database: database.pool, span: span, look: span)
      for scope in [TaskOwnerFilter.everyone, .own(user)] {
        for filter in try filters(try await store.reader.page(.everyone, after: nil, limit: 100)) {
          let expected = try await all(scope, filter, store.reader, size: 100)
          #expect(try await all(scope, filter, reader, size: 2) == expected, "\(filter) of \(scope)")
        }
      }
    }
  }

  private func all(
    _ scope: TaskOwnerFilter, _ filter: TaskFilter, _ reader: any TaskReader, size: Int
  ) async throws -> [TaskSummary] {
    var (seen, cursor, looks): ([TaskSummary], TaskCursor?, Int) = ([], nil, 0)
    repeat {
      let found = try await reader.search(scope, filter, after: cursor, limit: size)
      seen += found.tasks
      let last = found.tasks.last.map { TaskCursor(createdAt: $0.createdAt, id: $0.id) }
      cursor = found.tasks.count == size ? last : found.end
      looks += 1
    } while cursor != nil && looks < 100
    #expect(cursor == nil, "it does not end")
    return seen
  }
}
