import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Care plans that are stored sealed", .serialized)
struct SealedCarePlanTests {
  private let ready = CarePlanOutcome.ready(planJSON: #"{"title": "Sleep"}"#)

  private func plans(_ pool: PostgresPool, _ sealer: PlainCarePlanSealer?) -> PostgresCarePlanRepository {
    PostgresCarePlanRepository(pool: pool, outbox: PostgresOutbox(source: "task"), sealer: sealer)
  }

  @Test("a sealed plan cannot be read in the table, and a user's plans have one key")
  func sealed() async throws {
    try await RoleDatabase.with { roles async throws in
      let user = UserID(UUID())
      let sessions = try (0..<3).map { _ in try SessionID.random() }
      for session in sessions {
        try await plans(roles[.task], PlainCarePlanSealer()).store(ready, session: session, user: user, then: [])
        let reads = PostgresCarePlanReader(database: roles[.task], sealer: PlainCarePlanSealer())
        #expect(try await reads.carePlan(of: session) == ready)
      }
      let rows = try await roles.owner.query("SELECT care_plans::text AS row FROM care_plans").rows
      for row in rows { #expect(try !row.get("row", as: String.self).contains("Sleep")) }
      #expect(try await roles.owner.count("care_plan_keys") == 1)
    }
  }

  @Test("a plan that an earlier release stored as JSON is read, and one is stored so where sealing is off")
  func unsealed() async throws {
    try await RoleDatabase.with { roles async throws in
      let (old, session) = (try SessionID.random(), try SessionID.random())
      let user = UserID(UUID())
      try await roles.owner.query(
        """
        INSERT INTO care_plans (session_id, user_id, status, plan)
        VALUES (\(old.text), \(user.uuid), 'ready', '{"title": "Sleep"}')
        """)
      try await plans(roles[.task], nil).store(ready, session: session, user: user, then: [])
      let reads = PostgresCarePlanReader(database: roles[.task], sealer: PlainCarePlanSealer())
      for id in [old, session] { #expect(try await reads.carePlan(of: id) == ready) }
      #expect(try await roles.owner.count("care_plan_keys") == 0)
    }
  }

  @Test("after a change of the secret new plans have a new key, and a plan whose secret is gone is unreadable")
  func rotation() async throws {
    try await RoleDatabase.with { roles async throws in
      let (user, first, second) = (UserID(UUID()), try SessionID.random(), try SessionID.random())
      let after = PlainCarePlanSealer(secret: 2, previous: 1)
      try await plans(roles[.task], PlainCarePlanSealer()).store(ready, session: first, user: user, then: [])
      for _ in 0..<2 { try await plans(roles[.task], after).store(ready, session: second, user: user, then: []) }
      #expect(try await roles.owner.count("care_plan_keys") == 2)
      let reads = PostgresCarePlanReader(database: roles[.task], sealer: after)
      for session in [first, second] { #expect(try await reads.carePlan(of: session) == ready) }
      let later = PostgresCarePlanReader(database: roles[.task], sealer: PlainCarePlanSealer(secret: 2))
      #expect(try await later.carePlan(of: first) == .failed(reason: "unreadable"))
      #expect(try await later.carePlan(of: second) == ready)
    }
  }

  @Test("keys are wrapped under the present secret, so that plans outlive a second change of it")
  func rewrapped() async throws {
    try await RoleDatabase.with { roles async throws in
      let first = PlainCarePlanSealer()
      let sessions = try (0..<3).map { _ in try SessionID.random() }
      for session in sessions {
        try await plans(roles[.task], first).store(ready, session: session, user: UserID(UUID()), then: [])
      }
      // A key of an unknown secret stays as it is.
      let lost = try PlainCarePlanSealer(secret: 9).newKey()
      try await roles.owner.query(
        """
        INSERT INTO care_plan_keys (id, user_id, wrapped)
        SELECT gen_random_uuid(), gen_random_uuid(), '\\x09' FROM generate_series(1, 500)
        UNION ALL SELECT \(lost.id), gen_random_uuid(), \(lost.wrapped)
        """)
      let second = PlainCarePlanSealer(secret: 2, previous: 1)
      try await PostgresCarePlanKeyRewrapper(database: roles[.task], sealer: second).runOnce()
      let third = PostgresCarePlanReader(
        database: roles[.task], sealer: PlainCarePlanSealer(secret: 3, previous: 2))
      for session in sessions { #expect(try await third.carePlan(of: session) == ready) }
      let kept = try await roles.owner.query("SELECT wrapped FROM care_plan_keys WHERE id = \(lost.id)").rows.first
      #expect(try kept?.get("wrapped", as: [UInt8].self) == lost.wrapped)
    }
  }

  @Test("the deletion of an account destroys its keys, and another's stay")
  func erased() async throws {
    try await RoleDatabase.with { roles async throws in
      let (gone, other) = (UserID(UUID()), UserID(UUID()))
      for user in [gone, other] {
        try await plans(roles[.task], PlainCarePlanSealer())
          .store(ready, session: try SessionID.random(), user: user, then: [])
      }
      _ = try await PostgresTaskServiceAccountEraser(database: roles[.task]).erase(gone)
      let owners = try await roles.owner.query("SELECT user_id FROM care_plan_keys").rows
        .map { UserID(try $0.get("user_id", as: UUID.self)) }
      #expect(owners == [other])
      #expect(try await roles.owner.count("care_plans") == 1)
    }
  }
}
