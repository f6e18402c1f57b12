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
  private struct Work: Sendable {
    let roles: RoleDatabase
    let session: SessionID
    let task: ClaimedTask

    var pool: PostgresPool { roles[.task] }

    var kept: any CarePlanPartStore { parts(of: session) }

    func parts(
      of session: SessionID, sealer: PlainCarePlanSealer = PlainCarePlanSealer()
    ) -> any CarePlanPartStore {
      PostgresCarePlanPartRepository(pool: pool, sealer: sealer).parts(
        of: task, session: session, user: CarePlanPartTests.user)
    }

    func isNothingLeft() async throws -> Bool {
      try await roles.owner.query("SELECT 1 AS one FROM tasks WHERE steps IS NOT NULL").rows.isEmpty
    }
  }

  private static func with(_ body: @Sendable (Work) async throws -> Void) async throws {
    try await RoleDatabase.with { roles async throws in
      let (store, session) = (TaskStore.inPostgres(roles[.task]), try SessionID.random())
      try await store.enqueue(.plan(of: user, key: "care_plan:\(session)"))
      let task = try #require(try await store.claim(1, by: "w").first)
      try await body(Work(roles: roles, session: session, task: task))
    }
  }

  @Test("are read again by another attempt, sealed in the table, and by no other session")
  func sealed() async throws {
    try await Self.with { work async throws in
      let kept = work.kept
      #expect(await kept.plan(of: "1") == nil)
      let plan = try Self.plan()
      await kept.keep(plan, of: "1")
      #expect(await kept.plan(of: "1") == plan)
      #expect(await kept.plan(of: "2") == nil)
      let row = try await work.roles.owner.query("SELECT steps::text AS steps FROM tasks").rows.first
      #expect(try row?.get("steps", as: String.self).contains("Sleep") == false)
      let other = try SessionID.random()
      #expect(await work.parts(of: other).plan(of: "1") == nil)
      let later = PlainCarePlanSealer(secret: 2)
      #expect(await work.parts(of: work.session, sealer: later).plan(of: "1") == nil)
    }
  }

  @Test("go with the plan that its owner deletes, and are not kept again")
  func erased() async throws {
    try await Self.with { work async throws in
      let kept = work.kept
      await kept.keep(try Self.plan(), of: "1")
      try await PostgresCarePlanEraser(pool: work.pool).erase(work.session, of: Self.user)
      #expect(await kept.plan(of: "1") == nil)
      #expect(try await work.isNothingLeft())
      // The handler that is still at work keeps none of it again.
      await kept.keep(try Self.plan(), of: "1")
      #expect(await kept.plan(of: "1") == nil)
    }
  }

  @Test("go with the account")
  func erasedWithAccount() async throws {
    try await Self.with { work async throws in
      let (pool, kept) = (work.pool, work.kept)
      await kept.keep(try Self.plan(), of: "1")
      #expect(await kept.plan(of: "1") != nil)
      _ = try await PostgresTaskServiceAccountEraser(database: pool).erase(Self.user)
      // The task still runs; its key is gone.
      #expect(await kept.plan(of: "1") == nil)
      #expect(try await PostgresTaskQueue(pool: pool).finish(work.task, worker: "w", as: .failed(code: "broken")))
      _ = try await PostgresTaskServiceAccountEraser(database: pool).erase(Self.user)
      #expect(try await work.isNothingLeft())
    }
  }
}
