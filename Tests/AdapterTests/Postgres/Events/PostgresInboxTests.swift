import Domain
import Foundation
import PostgresAdapter
import Testing

@Suite("The inbox", .serialized)
struct PostgresInboxTests {
  @Test("an event is new once, for each consumer")
  func first() async throws {
    try await withMigratedDatabase { database in
      let (event, other) = (EventID(UUID()), EventID(UUID()))
      var answers: [Bool] = []
      for (event, consumer) in [(event, "task"), (event, "task"), (event, "billing"), (other, "task")] {
        let inbox = PostgresInbox(consumer: consumer)
        answers.append(try await database.pool.transaction { try await inbox.isFirst(event, in: $0) })
      }
      #expect(answers == [true, false, true, true])
    }
  }

  @Test("an effect that failed leaves no record, so that the event is new again")
  func rolledBack() async throws {
    struct Stop: Error {}
    try await withMigratedDatabase { database in
      let (event, inbox) = (EventID(UUID()), PostgresInbox(consumer: "task"))
      await #expect(throws: Stop.self) {
        try await database.pool.transaction { transaction in
          #expect(try await inbox.isFirst(event, in: transaction))
          throw Stop()
        }
      }
      let isFirst = try await database.pool.transaction { try await inbox.isFirst(event, in: $0) }
      #expect(isFirst)
    }
  }

  @Test("of many simultaneous deliveries one is the first")
  func racing() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let (event, inbox) = (EventID(UUID()), PostgresInbox(consumer: "task"))
      let firsts = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 {
          group.addTask { try await database.pool.transaction { try await inbox.isFirst(event, in: $0) } }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(firsts == 1)
    }
  }
}
