import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("The plans of a long talk's parts", .serialized)
struct CarePlanPartTests {
  private static let user = UserID(UUID())

  private static func plan() throws -> CarePlan {
    try #require(
      CarePlan(title: "Sleep", summary: "Badly.", steps: [CarePlan.Step(title: "Walk", detail: "")], seekHelpIf: []))
  }

  /// A plan's task that runs.
  private static func claimed(_ pool: PostgresPool, _ session: SessionID) async throws -> ClaimedTask {
    let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
    let task = NewTask(type: .carePlan, payload: "{}", userID: user, uniqueKey: "care_plan:\(session)")
    try await inbox.enqueue([task], wake: nil, for: EventID(UUID()))
    let queue = PostgresTaskQueue(pool: pool)
    try await queue.survey()
    return try #require(try await queue.claim(limit: 1, worker: "w", lease: .seconds(30)).first)
  }

  @Test("are read again by another attempt, sealed in the table, and by no other session")
  func sealed() async throws {
    try await RoleDatabase.with { roles async throws in
      let (pool, session) = (roles[.task], try SessionID.random())
      let task = try await Self.claimed(pool, session)
      let parts = PostgresCarePlanPartRepository(pool: pool, sealer: PlainCarePlanSealer())
      let kept = parts.parts(of: task, session: session, user: Self.user)
      #expect(await kept.plan(of: "1") == nil)
      let plan = try Self.plan()
      await kept.keep(plan, of: "1")
      #expect(await kept.plan(of: "1") == plan)
      #expect(await kept.plan(of: "2") == nil)
      let row = try await roles.owner.query("SELECT steps::text AS steps FROM tasks").rows.first
      #expect(try row?.get("steps", as: String.self).contains("Sleep") == false)
      let (other, later) = (try SessionID.random(), PlainCarePlanSealer(secret: 2))
      #expect(await parts.parts(of: task, session: other, user: Self.user).plan(of: "1") == nil)
      let lost = PostgresCarePlanPartRepository(pool: pool, sealer: later)
      #expect(await lost.parts(of: task, session: session, user: Self.user).plan(of: "1") == nil)
    }
  }

  @Test("go with the plan that its owner deletes, and are not kept again")
  func erased() async throws {
    try await RoleDatabase.with { roles async throws in
      let (pool, session) = (roles[.task], try SessionID.random())
      let task = try await Self.claimed(pool, session)
      let kept = PostgresCarePlanPartRepository(pool: pool, sealer: PlainCarePlanSealer())
        .parts(of: task, session: session, user: Self.user)
      await kept.keep(try Self.plan(), of: "1")
      try await PostgresCarePlanEraser(pool: pool).erase(session, of: Self.user)
      #expect(await kept.plan(of: "1") == nil)
      #expect(try await roles.owner.query("SELECT 1 AS one FROM tasks WHERE steps IS NOT NULL").rows.isEmpty)
      // The handler that is still at work keeps none of it again.
      await kept.keep(try Self.plan(), of: "1")
      #expect(await kept.plan(of: "1") == nil)
    }
  }

  @Test("go with the account")
  func erasedWithAccount() async throws {
    try await RoleDatabase.with { roles async throws in
      let (pool, session) = (roles[.task], try SessionID.random())
      let task = try await Self.claimed(pool, session)
      let kept = PostgresCarePlanPartRepository(pool: pool, sealer: PlainCarePlanSealer())
        .parts(of: task, session: session, user: Self.user)
      await kept.keep(try Self.plan(), of: "1")
      #expect(await kept.plan(of: "1") != nil)
      _ = try await PostgresTaskServiceAccountEraser(database: pool).erase(Self.user)
      // The task still runs; its key is gone.
      #expect(await kept.plan(of: "1") == nil)
      #expect(try await PostgresTaskQueue(pool: pool).finish(task, worker: "w", as: .failed(code: "broken")))
      _ = try await PostgresTaskServiceAccountEraser(database: pool).erase(Self.user)
      #expect(try await roles.owner.query("SELECT 1 AS one FROM tasks WHERE steps IS NOT NULL").rows.isEmpty)
    }
  }
}
