import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Care plans", .serialized)
struct CarePlanRepositoryContract {
  @Test("the first result of a session is kept, with its event and its tasks", arguments: TaskStoreKind.allCases)
  func first(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      #expect(try await store.reads.carePlan(of: session) == nil)
      let mail = NewTask.plan(of: user, key: "care_plan_mail:\(session)", type: .carePlanMail)
      try await store.stores.store(.ready(planJSON: #"{"title": "Sleep"}"#), session: session, user: user, then: [mail])
      let repeated = NewTask.plan(of: user, type: .carePlanMail)
      try await store.stores.store(.failed(reason: "refused"), session: session, user: user, then: [repeated])
      guard case .ready(let json)? = try await store.reads.carePlan(of: session) else {
        Issue.record("the first result is gone")
        return
      }
      #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == ["title": "Sleep"])
      #expect(try await store.events() == [CarePlanFinished(userID: user, sessionID: session, status: "ready")])
      #expect(try await store.reader.page(.own(user), after: nil, limit: 10).map(\.type) == ["care_plan_mail"])
    }
  }

  @Test("the plan of an account that was deleted meanwhile is not kept", arguments: TaskStoreKind.allCases)
  func deleted(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (gone, session) = (try await store.deletedUser(), try SessionID.random())
      let mail = NewTask.plan(of: gone, type: .carePlanMail)
      try await store.stores.store(.ready(planJSON: "{}"), session: session, user: gone, then: [mail])
      #expect(try await store.reads.carePlan(of: session) == nil)
      #expect(try await store.events().isEmpty)
      #expect(try await store.reader.page(.everyone, after: nil, limit: 10).isEmpty)
    }
  }

  @Test("the reason why a talk has no care plan is kept", arguments: TaskStoreKind.allCases)
  func reasons(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let user = UserID(UUID())
      let (skipped, failed) = (try SessionID.random(), try SessionID.random())
      try await store.stores.store(.skipped(reason: "nothing_said"), session: skipped, user: user, then: [])
      try await store.stores.store(.failed(reason: "blocked"), session: failed, user: user, then: [])
      guard case .skipped("nothing_said")? = try await store.reads.carePlan(of: skipped),
        case .failed("blocked")? = try await store.reads.carePlan(of: failed)
      else {
        Issue.record("a reason is not what was stored")
        return
      }
      #expect(try await store.events().map(\.status) == ["skipped", "failed"])
    }
  }

  @Test("the repository knows whose a session is and whether it is settled", arguments: TaskStoreKind.allCases)
  func summaries(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let user = UserID(UUID())
      let (live, settled) = (try SessionID.random(), try SessionID.random())
      try await store.note(live, user, false)
      try await store.note(settled, user, true)
      #expect(try await store.reads.summary(of: live) == TalkSettlementStatus(userID: user, settled: false))
      #expect(try await store.reads.summary(of: settled) == TalkSettlementStatus(userID: user, settled: true))
      #expect(try await store.reads.summary(of: try SessionID.random()) == nil)
    }
  }

  @Test("a plan whose tasks cannot be written is not kept")
  func atomic() async throws {
    try await withMigratedDatabase { database in
      let plans = PostgresCarePlanRepository(pool: database.pool, outbox: PostgresOutbox(source: "task"))
      let session = try SessionID.random()
      await #expect(throws: PostgresError.self) {
        try await plans.store(
          .ready(planJSON: "{}"), session: session, user: UserID(UUID()), then: [.plan("no JSON at all")])
      }
      #expect(try await plans.carePlan(of: session) == nil)
      #expect(try await database.pool.query("SELECT 1 AS one FROM outbox").rows.isEmpty)
    }
  }
}
