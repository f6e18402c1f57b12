import Foundation
import Testing

@Suite("Operators' actions on many tasks, through Caddy", .serialized)
struct TaskActionTests {
  @Test("failed tasks are previewed, retried with a reason, and run again", .timeLimit(.minutes(3)))
  func retry() async throws {
    let suite = try Suite.running()
    let (person, chief) = (try await Person.signUp(suite), try await Person.chief(suite))
    let code = "test_\(UUID().uuidString.lowercased())"
    _ = try await person.mail("confirm")
    let user = try #require(UUID(uuidString: person.id))
    try await suite.withDatabase { pool in
      _ = try await pool.query(
        """
        UPDATE tasks SET status = 'failed', error = \(code), completed_at = clock_timestamp() WHERE user_id = \(user)
        """)
    }
    func act(_ body: [String: Any]) async throws -> Answer {
      try await chief.call("POST", "/tasks/actions", body: body)
    }
    let filter = ["error_code": code]
    #expect(try await person.call("POST", "/tasks/actions", body: ["action": "retry", "filter": filter]).status == 403)
    let preview = try await act(["action": "retry", "filter": filter, "preview": true] as [String: Any])
    let count = try preview.number("count")
    #expect(preview.status == 200 && count >= 1 && (preview.json["sample"] as? [Any])?.count == count)
    #expect(try await act(["action": "retry", "filter": filter]).status == 400)
    let started = try await act(["action": "retry", "filter": filter, "reason": "a test"])
    #expect(try started.number("count") == count && started.status == 202)
    let action = try started.text("action_id")
    _ = try await eventually(within: .seconds(30), "the action and the tasks have ended") {
      let tasks = try await person.call("GET", "/tasks").items.map { $0["state"] as? String }
      let own = try await chief.call("GET", "/tasks/\(action)")
      return tasks.allSatisfy { $0 == "completed" } && own.json["state"] as? String == "completed" ? true : nil
    }
    let listed = try await suite.talktime("tasks", "retry", "--error", code)
    #expect(listed.status == 0 && listed.text.contains("0 tasks"))
    #expect(try await suite.talktime("tasks", "show", action).text.contains("task_action"))
    #expect(try await suite.talktime("tasks", "retry", "--reason", "a test").status != 0)
    #expect(try await suite.talktime("tasks", "list").text.contains(action))
  }

  @Test("tasks that wait are reordered, hastened and cancelled at the shell", .timeLimit(.minutes(3)))
  func shell() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    _ = try await person.mail("confirm")
    try await states(of: person, are: "completed")
    let code = "test_\(UUID().uuidString.lowercased())"
    let count = try await wait(person, code, suite)

    let preview = try await suite.talktime("tasks", "priority", "7", "--error", code)
    #expect(preview.status == 0 && preview.text.contains("\(count) tasks; with --reason they are changed"))
    let reordered = try await suite.talktime("tasks", "priority", "7", "--error", code, "--reason", "a test")
    #expect(reordered.status == 0 && reordered.text.contains("\(count) tasks, by the task"), "\(reordered.text)")
    _ = try await eventually("the tasks have the priority") {
      try await suite.withDatabase { pool in
        let found = try await pool.query(
          "SELECT count(*) AS n FROM tasks WHERE error = \(code) AND status = 'pending' AND priority = 7"
        ).rows.first
        return try found?.get("n", as: Int.self) == count ? true : nil
      }
    }

    let lowered = try await suite.talktime("tasks", "priority", "-50", "--error", code)
    #expect(
      lowered.status == 0 && lowered.text.contains("\(count) tasks; with --reason they are changed"), "\(lowered.text)")
    #expect(try await suite.talktime("tasks", "priority", "--error", code, "-5").status == 0)
    #expect(try await suite.talktime("tasks", "priority", "--error=\(code)", "-5").status == 0)
    let below = try await suite.talktime("tasks", "priority", "-101", "--error", code)
    #expect(below.status != 0 && below.text.contains("from -100 to 100"), "\(below.text)")
    let refusals = [
      (["--type", "horoscope"], "no such type"), (["--type", ""], "not empty"),
      (["--after", "2030-01-01", "--before", "2020-01-01"], "no later than"),
    ]
    for (chosen, why) in refusals {
      let refused = try await suite.talktime(["tasks", "run-now"] + chosen)
      #expect(refused.status != 0 && refused.text.contains(why), "\(chosen) \(refused.text)")
    }

    #expect(try await suite.talktime("tasks", "run-now", "--error", code, "--reason", "a test").status == 0)
    try await states(of: person, are: "completed")

    #expect(try await wait(person, code, suite) == count)
    #expect(try await suite.talktime("tasks", "cancel", "--error", code, "--reason", "a test").status == 0)
    try await states(of: person, are: "cancelled")
  }

  /// Lets all tasks of a person wait for an hour, under a code.
  /// - Returns: their number.
  private func wait(_ person: Person, _ code: String, _ suite: Suite) async throws -> Int {
    let user = try #require(UUID(uuidString: person.id))
    return try await suite.withDatabase { pool in
      try await pool.query(
        """
        UPDATE tasks
        SET status = 'pending', error = \(code), completed_at = NULL, run_at = clock_timestamp() + interval '1 hour'
        WHERE user_id = \(user)
        """
      ).affectedRows
    }
  }

  private func states(of person: Person, are state: String) async throws {
    _ = try await eventually(within: .seconds(30), "the tasks of \(person.email) are \(state)") {
      let found = try await person.call("GET", "/tasks").items.map { $0["state"] as? String }
      return !found.isEmpty && found.allSatisfy { $0 == state } ? true : nil
    }
  }

  @Test("a type is paused, limited and resumed, and the reasons are kept", .timeLimit(.minutes(3)))
  func types() async throws {
    let suite = try Suite.running()
    let (person, chief) = (try await Person.signUp(suite), try await Person.chief(suite))
    // No other test has tasks of this type.
    let path = "/tasks/types/debit_note_mail"
    #expect(try await person.call("GET", "/tasks/types").status == 403)
    #expect(try await person.call("POST", "\(path)/pause", body: ["reason": "a test"]).status == 403)
    let paused = try await chief.call("POST", "\(path)/pause", body: ["reason": "the form is wrong"])
    #expect(
      paused.status == 200 && (paused.json["pause"] as? [String: Any])?["reason"] as? String == "the form is wrong")
    let limits: [String: Any] = ["most_running": 2, "most_per_minute": 60, "reason": "a test"]
    #expect(try await chief.call("PUT", "\(path)/limits", body: limits).number("most_per_minute") == 60)
    let stats = try await suite.talktime("tasks", "stats")
    #expect(stats.text.contains("debit_note_mail") && stats.text.contains("the form is wrong"))
    #expect(try await suite.talktime("tasks", "resume", "debit_note_mail", "--reason", "a test").status == 0)
    #expect(try await suite.talktime("tasks", "limit", "debit_note_mail", "--reason", "a test").status == 0)
    #expect(try await suite.talktime("tasks", "pause", "horoscope", "--reason", "a test").status != 0)
    #expect(try await suite.talktime("tasks", "pause", "debit_note_mail", "--reason", "at the shell").status == 0)
    let types = try await suite.talktime("tasks", "types").text
    #expect(types.contains("at the shell") && types.contains("care_plan"))
    #expect(try await suite.talktime("tasks", "resume", "debit_note_mail", "--reason", "a test").status == 0)
    let all = try await chief.call("GET", "/tasks/types").items
    #expect(all.allSatisfy { $0["pause"] == nil && $0["most_running"] == nil })
  }
}
