import Application
import Domain
import Foundation

@testable import TaskService

/// The operations of the task service, by route.
enum TaskOperations {
  typealias Stage = TaskStage

  static let all = tasks + [actions, mailjet] + types + streams + events

  private static let nobody = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"

  private static func list(_ status: Int, _ code: String, _ what: String, _ query: String) -> Refusal<Stage> {
    Refusal(status, code, what) { stage in .get("/tasks?\(query)", stage.serving.token) }
  }

  private static func away(_ code: String, _ call: @escaping @Sendable (Stage) async throws -> Call) -> Refusal<Stage> {
    Refusal(503, code, "the stores away") { stage in
      let call = try await call(stage)
      let failing = FailingTaskStores()
      (stage.ports.tasks, stage.ports.actions, stage.ports.plans) = (failing, failing, failing)
      stage.ports.types = failing
      stage.ports.planEraser = failing
      (stage.ports.streams, stage.ports.replays) = (failing, failing)
      (stage.ports.traces, stage.ports.published) = (failing, failing)
      return call
    }
  }

  private static let tasks: [Operation<Stage>] = [
    Operation(
      "GET /healthz", 200, [], { _ in .get("/healthz") },
      [
        Refusal(503, "services_missing", "a service that does not answer") { stage in
          stage.ports.health = StandingServices(status: 500)
          return .get("/healthz")
        }
      ]),
    Operation(
      "GET /sessions/{id}/care-plan", 200, Guard.signedIn,
      { stage in
        let session = try await stage.talk(plan: .skipped(reason: "no_conversation"))
        return .get("/sessions/\(session)/care-plan", stage.serving.token)
      },
      [
        away("tasks_unavailable") { stage in
          .get("/sessions/\(try await stage.talk())/care-plan", stage.serving.token)
        },
        Refusal(404, "not_found", "no id") { stage in .get("/sessions/1/care-plan", stage.serving.token) },
        Refusal(404, "not_found", "another's talk") { stage in
          .get("/sessions/\(try await stage.talk())/care-plan", stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "session_live", "a talk that goes on") { stage in
          .get("/sessions/\(try await stage.talk(settled: false))/care-plan", stage.serving.token)
        },
      ]),
    Operation(
      "DELETE /sessions/{id}/care-plan", 204, Guard.signedIn,
      { stage in
        let session = try await stage.talk(plan: .ready(planJSON: "{}"))
        return .other(.delete, "/sessions/\(session)/care-plan", stage.serving.token)
      },
      [
        away("tasks_unavailable") { stage in
          .other(.delete, "/sessions/\(try await stage.talk())/care-plan", stage.serving.token)
        },
        Refusal(404, "not_found", "no id") { stage in .other(.delete, "/sessions/1/care-plan", stage.serving.token) },
        Refusal(404, "not_found", "another's talk") { stage in
          .other(.delete, "/sessions/\(try await stage.talk())/care-plan", stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "session_live", "a talk that goes on") { stage in
          .other(.delete, "/sessions/\(try await stage.talk(settled: false))/care-plan", stage.serving.token)
        },
      ]),
    Operation(
      "GET /tasks", 200, Guard.signedIn.union([.page]), { stage in .get("/tasks", stage.serving.token) },
      [
        away("tasks_unavailable") { stage in .get("/tasks", stage.serving.token) },
        away("tasks_unavailable") { stage in .get("/tasks?state=failed", stage.serving.operatorToken) },
        list(400, "invalid_request", "a condition that there is not", "typ=care_plan"),
        list(400, "invalid_request", "a condition twice", "state=failed&state=pending"),
        list(400, "invalid_request", "no state", "state=lost"),
        list(400, "invalid_request", "no code", "error_code="),
        list(400, "invalid_request", "no moment", "created_after=yesterday"),
        list(400, "invalid_request", "a type that nobody knows", "type=horoscope"),
        list(400, "invalid_request", "no user", "user_id=1"),
        list(
          400, "invalid_request", "an end before the beginning",
          "created_after=2030-01-01T00:00:00Z&created_before=2020-01-01T00:00:00Z"),
        list(403, "forbidden", "another's tasks", "user_id=\(nobody)"),
      ]),
    Operation(
      "GET /tasks/stats", 200, Guard.signedIn,
      { stage in
        _ = try await stage.task()
        return .get("/tasks/stats", stage.serving.token)
      },
      [away("tasks_unavailable") { stage in .get("/tasks/stats", stage.serving.token) }]),
    Operation(
      "GET /tasks/{id}", 200, Guard.signedIn,
      { stage in .get("/tasks/\(try await stage.task())", stage.serving.token) },
      [
        away("tasks_unavailable") { stage in .get("/tasks/\(try await stage.task())", stage.serving.token) },
        Refusal(404, "not_found", "no id") { stage in .get("/tasks/1", stage.serving.token) },
        Refusal(404, "not_found", "another's task") { stage in
          .get("/tasks/\(try await stage.task())", stage.serving.token(of: UserID(UUID())))
        },
      ]),
    steering("cancel", success: { _ in }, forbidden: cancel),
    steering("retry", success: cancel, forbidden: { _ in }),
  ]

  @Sendable private static func cancel(_ stage: Stage) async throws {
    let tasks = try await stage.ports.tasks.page(.everyone, after: nil, limit: 1)
    guard let reason = Reason("a test") else { return }
    for task in tasks { _ = try await stage.ports.administration.cancel(task.id, reason: reason, actor: "test") }
  }

  private static func steering(
    _ wish: String, success: @escaping @Sendable (Stage) async throws -> Void,
    forbidden: @escaping @Sendable (Stage) async throws -> Void
  ) -> Operation<Stage> {
    @Sendable func post(_ id: String, _ stage: Stage, _ body: String = #"{"reason":"a test"}"#) -> Call {
      .post("/tasks/\(id)/\(wish)", stage.serving.operatorToken, body: body)
    }
    return Operation(
      "POST /tasks/{id}/\(wish)", 200, Guard.adminOperators.union([.json]),
      { stage in
        let id = try await stage.task()
        try await success(stage)
        return post(id.description, stage)
      },
      [
        away("tasks_unavailable") { stage in post(try await stage.task().description, stage) },
        Refusal(404, "not_found", "no id") { stage in post("1", stage) },
        Refusal(404, "not_found", "no task") { stage in post(nobody, stage) },
        Refusal(400, "invalid_request", "no reason") { stage in post(try await stage.task().description, stage, "{}") },
        Refusal(400, "invalid_request", "an empty reason") { stage in
          post(try await stage.task().description, stage, #"{"reason":""}"#)
        },
        Refusal(409, "task_state", "a state that forbids it") { stage in
          let id = try await stage.task()
          try await forbidden(stage)
          return post(id.description, stage)
        },
      ])
  }

  private static let types: [Operation<Stage>] =
    [
      Operation(
        "GET /tasks/types", 200, Guard.operators, { stage in .get("/tasks/types", stage.serving.operatorToken) },
        [away("tasks_unavailable") { stage in .get("/tasks/types", stage.serving.operatorToken) }])
    ] + ["pause", "resume"].map { type("POST", $0, #""reason":"a test""#, []) } + [
      type(
        "PUT", "limits", #""most_running":4,"most_per_minute":60,"reason":"a test""#,
        [
          ("none at once", #""most_running":0,"reason":"a test""#),
          ("too many a minute", #""most_per_minute":60001,"reason":"a test""#),
          ("a misspelt limit", #""most_runing":2,"reason":"a test""#),
        ])
    ]

  private static func type(
    _ method: String, _ what: String, _ good: String, _ bad: [(name: String, members: String)]
  ) -> Operation<Stage> {
    @Sendable func call(_ members: String, _ stage: Stage, type: String = "care_plan") -> Call {
      let path = "/tasks/types/\(type)/\(what)"
      return method == "PUT"
        ? .other(.put, path, stage.serving.operatorToken, body: "{\(members)}")
        : .post(path, stage.serving.operatorToken, body: "{\(members)}")
    }
    let unpaused = Refusal<Stage>(409, "task_state", "the type that carries actions out") { stage in
      call(good, stage, type: "task_action")
    }
    return Operation(
      "\(method) /tasks/types/{type}/\(what)", 200, Guard.adminOperators.union([.json]), { stage in call(good, stage) },
      [
        away("tasks_unavailable") { stage in call(good, stage) },
        Refusal(404, "not_found", "no such type") { stage in call(good, stage, type: "horoscope") },
        Refusal(400, "invalid_request", "an empty reason") { stage in call(#""reason":"""#, stage) },
        Refusal(400, "invalid_request", "no reason") { stage in call("", stage) },
      ]
        + bad.map { name, members in
          Refusal(400, "invalid_request", name) { stage in call(members, stage) }
        } + (what == "pause" ? [unpaused] : []))
  }

  private static let actions: Operation<Stage> = {
    @Sendable func post(_ members: String, _ stage: Stage) -> Call {
      .post("/tasks/actions", stage.serving.operatorToken, body: "{\(members)}")
    }
    let good = #""action":"retry","filter":{"state":"failed"},"reason":"a test""#
    return Operation(
      "POST /tasks/actions", 202, Guard.adminOperators.union([.json]), { stage in post(good, stage) },
      [
        away("tasks_unavailable") { stage in post(good, stage) },
        Refusal(400, "invalid_request", "another action") { stage in
          post(#""action":"delete","filter":{"state":"failed"},"reason":"a test""#, stage)
        },
        Refusal(400, "invalid_request", "a priority that is none") { stage in
          post(#""action":"priority","priority":101,"filter":{"state":"pending"},"reason":"a test""#, stage)
        },
        Refusal(400, "invalid_request", "no condition") { stage in
          post(#""action":"retry","filter":{},"reason":"a test""#, stage)
        },
        Refusal(400, "invalid_request", "no reason") { stage in
          post(#""action":"retry","filter":{"state":"failed"}"#, stage)
        },
        Refusal(400, "invalid_request", "a misspelt condition") { stage in
          post(#""action":"cancel","filter":{"typ":"care_plan","state":"pending"},"preview":true"#, stage)
        },
        Refusal(400, "invalid_request", "a misspelt preview") { stage in
          post(good + #","previw":true"#, stage)
        },
        Refusal(400, "invalid_request", "no state") { stage in
          post(#""action":"retry","filter":{"state":"lost"},"preview":true"#, stage)
        },
        Refusal(400, "invalid_request", "a type that nobody knows") { stage in
          post(#""action":"retry","filter":{"type":"horoscope"},"preview":true"#, stage)
        },
        Refusal(400, "invalid_request", "an end before the beginning") { stage in
          let times = #""created_after":"2030-01-01T00:00:00Z","created_before":"2020-01-01T00:00:00Z""#
          return post(#""action":"retry","filter":{\#(times)},"preview":true"#, stage)
        },
        Refusal(400, "invalid_request", "no code") { stage in
          post(#""action":"retry","filter":{"error_code":""},"preview":true"#, stage)
        },
        Refusal(400, "invalid_request", "no moment") { stage in
          post(#""action":"retry","filter":{"created_before":"yesterday"},"preview":true"#, stage)
        },
      ])
  }()

  private static let mailjet: Operation<Stage> = {
    @Sendable func report(_ credentials: String?, _ body: String) -> Call {
      let call = Call.post("/tasks/webhooks/mailjet", body: body)
      return credentials.map { call.with("authorization", "Basic " + Data($0.utf8).base64EncodedString()) } ?? call
    }
    let spam = #"[{"event":"spam","email":"asha@example.com"},7]"#
    return Operation(
      "POST /tasks/webhooks/mailjet", 200, [], { _ in report("mailjet:old", spam) },
      [
        Refusal(401, "invalid_credentials", "no credentials") { _ in report(nil, spam) },
        Refusal(401, "invalid_credentials", "another secret") { _ in report("mailjet:none", spam) },
        Refusal(401, "invalid_credentials", "a secret without a name") { _ in report("new", spam) },
        Refusal(413, "body_too_large", "more than a mebibyte") { _ in
          report("mailjet:new", String(repeating: "x", count: 1 << 20 + 1))
        },
        Refusal(503, "mail_unavailable", "the store away") { stage in
          stage.undeliverable.isAway = true
          return report("mailjet:new", spam)
        },
      ])
  }()

  private static let streams: [Operation<Stage>] = [
    Operation(
      "GET /tasks/streams", 200, Guard.operators, { stage in .get("/tasks/streams", stage.serving.operatorToken) },
      [away("streams_unavailable") { stage in .get("/tasks/streams", stage.serving.operatorToken) }]),
    Operation(
      "GET /tasks/dead-letters", 200, Guard.operators.union([.page]),
      { stage in .get("/tasks/dead-letters", stage.serving.operatorToken) },
      [away("streams_unavailable") { stage in .get("/tasks/dead-letters", stage.serving.operatorToken) }]),
    Operation(
      "POST /tasks/dead-letters/{id}/replay", 200, Guard.adminOperators,
      { stage in .post("/tasks/dead-letters/\(StandingStreams.letter)/replay", stage.serving.operatorToken) },
      [
        away("streams_unavailable") { stage in
          .post("/tasks/dead-letters/\(StandingStreams.letter)/replay", stage.serving.operatorToken)
        },
        Refusal(404, "not_found", "no id") { stage in
          .post("/tasks/dead-letters/1/replay", stage.serving.operatorToken)
        },
        Refusal(404, "not_found", "no letter") { stage in
          .post("/tasks/dead-letters/ended-2-0/replay", stage.serving.operatorToken)
        },
      ]),
  ]

  private static let events: [Operation<Stage>] = {
    @Sendable func trace(_ id: String, _ stage: Stage) -> Call {
      .get("/tasks/events/\(id)", stage.serving.operatorToken)
    }
    @Sendable func replay(_ members: String, _ stage: Stage) -> Call {
      .post("/tasks/events/replay", stage.serving.operatorToken, body: "{\(members)}")
    }
    let (one, day) = (
      #""event_id":"\#(StandingEvents.event)","reason":"a test""#,
      #""from":"2026-11-25T00:00:00Z","until":"2026-11-26T00:00:00Z""#
    )
    return [
      Operation(
        "GET /tasks/events/{id}", 200, Guard.operators, { stage in trace(StandingEvents.event.text, stage) },
        [
          away("streams_unavailable") { stage in trace(StandingEvents.event.text, stage) },
          Refusal(404, "not_found", "no event") { stage in trace(nobody, stage) },
          Refusal(404, "not_found", "no id") { stage in trace(String(repeating: "x", count: 201), stage) },
        ]),
      Operation(
        "POST /tasks/events/replay", 200, Guard.adminOperators.union([.json]), { stage in replay(one, stage) },
        [
          away("streams_unavailable") { stage in replay(one, stage) },
          Refusal(404, "not_found", "no event") { stage in
            replay(#""event_id":"\#(nobody)","reason":"a test""#, stage)
          },
          Refusal(400, "invalid_request", "no id") { stage in replay(#""event_id":"","preview":true"#, stage) },
          Refusal(400, "invalid_request", "one event and a source") { stage in
            replay(one + #","source":"task""#, stage)
          },
          Refusal(400, "invalid_request", "no time") { stage in replay(#""preview":true"#, stage) },
          Refusal(400, "invalid_request", "an end before the beginning") { stage in
            replay(#""from":"2026-11-25T00:00:00Z","until":"2026-11-24T00:00:00Z","preview":true"#, stage)
          },
          Refusal(400, "invalid_request", "no service") { stage in
            replay(day + #","source":"wallet","preview":true"#, stage)
          },
          Refusal(400, "invalid_request", "a misspelt source") { stage in
            replay(day + #","sorce":"task","preview":true"#, stage)
          },
          Refusal(400, "invalid_request", "a type that nobody knows") { stage in
            replay(day + #","type":"horoscope.read","preview":true"#, stage)
          },
          Refusal(400, "invalid_request", "no reason") { stage in replay(day, stage) },
          Refusal(400, "invalid_request", "too many events") { stage in
            replay(#""from":"1999-11-25T00:00:00Z","until":"2026-11-26T00:00:00Z","preview":true"#, stage)
          },
        ]),
    ]
  }()
}
