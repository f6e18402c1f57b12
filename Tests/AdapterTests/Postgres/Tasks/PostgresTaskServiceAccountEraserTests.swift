import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("What the task service has of a deleted account", .serialized)
struct PostgresTaskServiceAccountEraserTests {
  private struct Rows: Sendable {
    let roles: RoleDatabase

    func task(_ type: TaskType, _ status: String, of user: UserID) async throws {
      try await roles.owner.query(
        "INSERT INTO tasks (type, payload, status, user_id) VALUES (\(type.rawValue), '{}', \(status), \(user.uuid))")
    }

    func conversation(_ id: String, isClosed: Bool, of user: UserID) async throws {
      try await roles.owner.query(
        """
        INSERT INTO conversations (id, user_id, agent_id, signed_url, closed_at)
        VALUES (\(id), \(user.uuid), 'agent', '', CASE WHEN \(isClosed) THEN clock_timestamp() END)
        """)
    }

    func talk(isSettled: Bool, of user: UserID) async throws -> SessionID {
      let session = try SessionID.random()
      try await roles.owner.query(
        """
        INSERT INTO talk_sessions (id, user_id, agent_id, settled_at, charged_ms, end_reason)
        VALUES (\(session.text), \(user.uuid), 'agent', CASE WHEN \(isSettled) THEN clock_timestamp() END,
          CASE WHEN \(isSettled) THEN 0 END, CASE WHEN \(isSettled) THEN 'user' END)
        """)
      return session
    }

    func plan(of user: UserID) async throws {
      try await roles.owner.query(
        """
        INSERT INTO care_plans (session_id, user_id, status, plan)
        VALUES (\(UUID().uuidString), \(user.uuid), 'ready', '{"title": "Sleep"}')
        """)
      try await roles.owner.query(
        "INSERT INTO care_plan_work (session_id, user_id) VALUES (\(UUID().uuidString), \(user.uuid))")
      try await roles.owner.query(
        "INSERT INTO sent_mails (custom_id, user_id) VALUES (\(UUID().uuidString), \(user.uuid))")
      try await roles.owner.query(
        "INSERT INTO mail_attempts (custom_id, user_id) VALUES (\(UUID().uuidString), \(user.uuid))")
    }

    func types(of user: UserID) async throws -> [String] {
      try await roles.owner.query("SELECT type FROM tasks WHERE user_id = \(user.uuid) ORDER BY type").rows
        .map { try $0.get("type") }
    }

    func erase(_ user: UserID) async throws -> ErasureProgress {
      try await PostgresTaskServiceAccountEraser(database: roles[.task]).erase(user)
    }
  }

  @Test("plans, mails and tasks go, another's stay, and each conversation gets its erasure once")
  func erases() async throws {
    try await RoleDatabase.with { roles async throws in
      let rows = Rows(roles: roles)
      let (gone, other) = (try await insertDeletedUser(in: roles.owner), UserID(UUID()))
      for user in [gone, other] {
        try await rows.plan(of: user)
        for status in ["pending", "completed", "failed"] { try await rows.task(.carePlanMail, status, of: user) }
        _ = try await rows.talk(isSettled: true, of: user)
      }
      try await rows.task(.accountErasure, "running", of: gone)
      try await rows.conversation("conv_1", isClosed: true, of: gone)
      try await rows.conversation("conv_2", isClosed: true, of: gone)
      try await rows.conversation("conv_9", isClosed: true, of: other)
      for _ in 0..<2 { #expect(try await rows.erase(gone) == .complete) }
      #expect(try await rows.types(of: gone) == ["account_erasure", "conversation_erasure", "conversation_erasure"])
      #expect(try await rows.types(of: other) == Array(repeating: "care_plan_mail", count: 3))
      #expect(try await roles.owner.count("care_plans") == 1)
      #expect(try await roles.owner.count("care_plan_work") == 1)
      #expect(try await roles.owner.count("sent_mails") == 1)
      #expect(try await roles.owner.count("mail_attempts") == 1)
    }
  }

  @Test("it is not complete while a task runs, a talk is not settled, or a conversation is open")
  func unfinished() async throws {
    try await RoleDatabase.with { roles async throws in
      let rows = Rows(roles: roles)
      let gone = try await insertDeletedUser(in: roles.owner)
      #expect(try await rows.erase(gone) == .complete)
      try await rows.task(.carePlan, "running", of: gone)
      #expect(try await rows.erase(gone) == .unfinished)
      try await roles.owner.query("UPDATE tasks SET status = 'completed'")
      #expect(try await rows.erase(gone) == .complete)
      let talk = try await rows.talk(isSettled: false, of: gone)
      #expect(try await rows.erase(gone) == .unfinished)
      try await roles.owner.query("DELETE FROM talk_sessions WHERE id = \(talk.text)")
      try await rows.conversation("conv_1", isClosed: false, of: gone)
      #expect(try await rows.erase(gone) == .unfinished)
      #expect(try await rows.types(of: gone).isEmpty)
      try await roles.owner.query("UPDATE conversations SET closed_at = clock_timestamp()")
      #expect(try await rows.erase(gone) == .complete)
      #expect(try await rows.types(of: gone) == ["conversation_erasure"])
    }
  }
}
