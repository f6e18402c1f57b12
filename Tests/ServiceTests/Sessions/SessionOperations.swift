import Application
import Domain
import Foundation
import Testing

@testable import SessionService

/// The operations of /sessions, by route.
enum SessionOperations {
  typealias Stage = SessionStage
  private typealias Request = @Sendable (inout Stage) async throws -> Call

  static let all = [start, heartbeat, end] + history + [events, headOfEvents, webhook] + operators

  private static let nobody = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"

  private static func notFound(_ call: @escaping @Sendable (_ id: String, Stage) -> Call) -> [Refusal<Stage>] {
    [
      Refusal(404, "not_found", "no id") { stage in call("1", stage) },
      Refusal(404, "not_found", "another's talk") { stage in
        call(try await stage.talk(), stage).signed(stage.serving.token(of: UserID(UUID())))
      },
    ]
  }

  private static func start(_ stage: Stage, _ body: String = "{}") -> Call {
    .post("/sessions", stage.serving.token, body: body)
  }

  private static let start = Operation<Stage>(
    "POST /sessions", 201, Guard.signedIn.union([.rateLimit, .idempotencyKey, .json]),
    { stage in start(stage) },
    [
      Refusal(400, "invalid_request", "an unknown agent") { stage in start(stage, "{\"agent_id\":\"none\"}") },
      Refusal(400, "invalid_request", "WebRTC where it is not offered") { stage in
        start(stage, "{\"connection\":\"webrtc\"}")
      },
      Refusal(402, "insufficient_talktime", "an empty wallet") { stage in
        stage.ledger.debit(stage.serving.user, .minutes(10))
        return start(stage)
      },
      Refusal(402, "balance_owed", "a debt") { stage in
        stage.ledger.debit(stage.serving.user, .minutes(11))
        return start(stage)
      },
      Refusal(403, "wallet_frozen", "a frozen wallet") { stage in
        stage.ledger.freeze(stage.serving.user)
        return start(stage)
      },
      Refusal(403, "account_disabled", "a closed account") { stage in
        stage.ledger.closeAccount(of: stage.serving.user)
        return start(stage)
      },
      Refusal(403, "consent_required", "no consent") { stage in
        stage.settings = try Stage.settings(["CONSENT_VERSION": "v2"])
        stage.consents.give("v1", by: stage.serving.user)
        return start(stage)
      },
      Refusal(503, "talks_unavailable", "the consents away") { stage in
        stage.settings = try Stage.settings(["CONSENT_VERSION": "v2"])
        stage.consents.setAway(true)
        return start(stage)
      },
      Refusal(409, "session_already_live", "another talk") { stage in
        _ = try await stage.talk()
        return start(stage)
      },
      Refusal(409, "previous_call_open", "a call that goes on") { stage in
        _ = try await stage.endedTalk()
        stage.agents.become(.inProgress, "conv_1")
        return start(stage)
      },
      Refusal(409, "previous_call_open", "a call with another agent that was offered") { stage in
        _ = try await stage.endedTalk()
        return start(stage, "{\"agent_id\":\"other\"}")
      },
      Refusal(409, "cannot_continue", "no talk to continue") { stage in start(stage, "{\"continue\":\"1\"}") },
      Refusal(409, "cannot_continue", "a talk that its user has ended") { stage in
        let id = try await stage.endedTalk()
        stage.agents.become(.inProgress, "conv_1")
        return start(stage, "{\"continue\":\"\(id)\"}")
      },
      Refusal(400, "invalid_request", "a talk to continue that is no text") { stage in
        start(stage, "{\"continue\":true}")
      },
      Refusal(503, "agent_unavailable", "ElevenLabs away") { stage in
        stage.agents.failInviting(.unavailable)
        return start(stage)
      },
      Refusal(503, "all_agents_busy", "as many talks as may be") { stage in
        stage.settings = try Stage.settings(["MAX_LIVE_SESSIONS": "1"])
        let other = UserID(UUID())
        stage.ledger.credit(other, .minutes(1))
        _ = try await stage.answer(start(stage).signed(stage.serving.token(of: other)))
        return start(stage)
      },
      Refusal(503, "draining", "an operator's drain") { stage in
        try await stage.drainRequests.set(
          TalkStartPause(reason: "a test", actor: "a", since: stage.serving.clock.now()))
        return start(stage)
      },
      Refusal(503, "talks_unavailable", "the drain unknown") { stage in
        stage.drainRequests.goAway()
        return start(stage)
      },
      Refusal(503, "talks_unavailable", "the live store away") { stage in
        stage.live.happen(at: .reserve, .fails)
        return start(stage)
      },
    ])

  private static let heartbeat: Operation<Stage> = {
    @Sendable func beat(_ id: String, _ stage: Stage) -> Call {
      .post("/sessions/\(id)/heartbeat", stage.serving.token)
    }
    let good: Request = { stage in beat(try await stage.talk(), stage) }
    let invalid: [(Int, String, String, @Sendable (Call) -> Call)] = [
      (400, "invalid_request", "a word for a number", { $0.with(query: "seq=one") }),
      (400, "invalid_request", "a number below zero", { $0.with(query: "seq=-1") }),
      (400, "invalid_body", "half an object", { $0.with(body: "{", key: nil) }),
      (
        413, "body_too_large", "a long body",
        { $0.with(body: "{\"seq\":\(String(repeating: "1", count: 70_000))}", key: nil) }
      ),
      (
        415, "unsupported_media_type", "plain text",
        { $0.with(body: "{}", key: nil).with("content-type", "text/plain") }
      ),
    ]
    return Operation(
      "POST /sessions/{id}/heartbeat", 200, [.token], good,
      notFound(beat)
        + invalid.map { status, code, what, change in
          Refusal(status, code, what) { stage in change(try await good(&stage)) }
        } + [
          Refusal(401, "invalid_token", "a device that was ended") { stage in
            let call = try await good(&stage)
            stage.live.revoke(stage.serving.device, of: stage.serving.user)
            return call
          },
          Refusal(410, "session_ended", "a talk that is over") { stage in beat(try await stage.endedTalk(), stage) },
          Refusal(429, "too_many_heartbeats", "an eleventh beat at once") { stage in
            let id = try await stage.talk()
            for _ in 1...10 { _ = try await stage.answer(beat(id, stage)) }
            return beat(id, stage)
          },
          Refusal(503, "keys_unavailable", "no revocations") { stage in
            let call = try await good(&stage)
            stage.live.knowRevocations(false)
            return call
          },
          Refusal(503, "talks_unavailable", "the live store away") { stage in
            let call = try await good(&stage)
            stage.live.happen(at: .beat, .fails)
            return call
          },
        ])
  }()

  private static let end: Operation<Stage> = {
    @Sendable func end(_ id: String, _ stage: Stage) -> Call {
      .post("/sessions/\(id)/end", stage.serving.token, body: "{}")
    }
    return Operation(
      "POST /sessions/{id}/end", 200, Guard.signedIn.union([.json]),
      { stage in end(try await stage.talk(), stage) },
      notFound(end) + [
        Refusal(400, "invalid_request", "an unknown cause") { stage in
          end(try await stage.talk(), stage).with(body: "{\"cause\":\"none\"}", key: nil)
        },
        Refusal(400, "invalid_request", "an operator without a reason") { stage in
          let id = try await stage.talk()
          let other = stage.serving.token(of: UserID(UUID()), scope: ["operator"])
          return end(id, stage).signed(other).with(body: "{\"reason\":\"\"}", key: nil)
        },
        Refusal(404, "not_found", "an operator and no talk") { stage in
          let random = Array(repeating: UInt8(7), count: 16)
          let session = try #require(SessionID(shard: Shard(of: stage.serving.user), random: random))
          return end(session.text, stage).signed(stage.serving.operatorToken)
        },
        Refusal(503, "talks_unavailable", "the live store away") { stage in
          let call = end(try await stage.talk(), stage)
          stage.live.happen(at: .hangUp, .fails)
          return call
        },
        Refusal(503, "talks_unavailable", "an operator, and the live store away") { stage in
          let id = try await stage.talk()
          let other = stage.serving.token(of: UserID(UUID()), scope: ["operator"])
          stage.live.happen(at: .read, .fails)
          return end(id, stage).signed(other)
        },
      ])
  }()

  private static let history: [Operation<Stage>] = {
    @Sendable func read(_ id: String, _ stage: Stage) -> Call { .get("/sessions/\(id)", stage.serving.token) }
    @Sendable func proof(_ id: String, _ stage: Stage) -> Call { .get("/sessions/\(id)/proof", stage.serving.token) }
    return [
      Operation(
        "GET /sessions", 200, Guard.signedIn.union([.page]), { stage in .get("/sessions", stage.serving.token) },
        [
          Refusal(503, "ledger_unavailable", "the ledger away") { stage in
            stage.ledger.happen(at: .history, .fails)
            return .get("/sessions", stage.serving.token)
          },
          Refusal(400, "invalid_request", "no user") { stage in
            .get("/sessions?user_id=1", stage.serving.operatorToken)
          },
          Refusal(403, "forbidden", "another's talks") { stage in
            .get("/sessions?user_id=\(UserID(UUID()))", stage.serving.token)
          },
        ]),
      Operation(
        "GET /sessions/{id}", 200, Guard.signedIn, { stage in read(try await stage.talk(), stage) },
        notFound(read) + [
          Refusal(503, "ledger_unavailable", "both stores away") { stage in
            let call = read(try await stage.talk(), stage)
            stage.ledger.happen(at: .record, .fails)
            stage.live.happen(at: .read, .fails)
            return call
          }
        ]),
      Operation(
        "GET /sessions/{id}/proof", 200, Guard.signedIn, { stage in proof(try await stage.endedTalk(), stage) },
        notFound(proof) + [
          Refusal(409, "session_live", "a talk that goes on") { stage in proof(try await stage.talk(), stage) },
          Refusal(503, "talks_unavailable", "the ledger away") { stage in
            let call = proof(try await stage.endedTalk(), stage)
            stage.ledger.happen(at: .proof, .fails)
            return call
          },
        ]),
    ]
  }()

  @Sendable private static func follow(_ id: String, _ stage: Stage) -> Call {
    .get("/sessions/\(id)/events", stage.serving.token)
  }

  private static let events = Operation<Stage>(
    "GET /sessions/{id}/events", 200, Guard.signedIn, { stage in follow(try await stage.forgottenTalk(), stage) },
    notFound(follow) + [
      Refusal(401, "invalid_token", "a device that the live store knows to be ended") { stage in
        let call = follow(try await stage.talk(), stage)
        stage.live.revoke(stage.serving.device, of: stage.serving.user)
        return call
      },
      Refusal(503, "talks_unavailable", "the live store away") { stage in
        let call = follow(try await stage.talk(), stage)
        stage.live.happen(at: .look, .fails)
        return call
      },
      Refusal(503, "ledger_unavailable", "a talk of yesterday, and the ledger away") { stage in
        let call = follow(try await stage.forgottenTalk(), stage)
        stage.ledger.happen(at: .record, .fails)
        return call
      },
      Refusal(503, "leaving", "an instance that goes away") { stage in
        let call = follow(try await stage.talk(), stage)
        let module = SessionModule(stage.settings, stage.ports)
        stage.module = module
        let running = Task { await module.talks.subscriptions.run() }
        running.cancel()
        await running.value
        return call
      },
    ])

  /// The request would count as a subscription.
  private static let headOfEvents = Operation<Stage>(
    "HEAD /sessions/{id}/events", 405, Guard.signedIn,
    { stage in .other(.head, "/sessions/\(try await stage.talk())/events", stage.serving.token) })

  private static let webhook: Operation<Stage> = {
    @Sendable func tell(_ body: String, signature: String? = nil) -> Call {
      .post("/sessions/webhooks/elevenlabs", body: body)
        .with("elevenlabs-signature", signature ?? String(body.utf8.count))
    }
    let long = "{\"type\":\"post_call_transcription\",\"x\":\"\(String(repeating: "x", count: 16 << 20))\"}"
    return Operation(
      "POST /sessions/webhooks/elevenlabs", 200, [], { _ in tell("{}") },
      [
        Refusal(401, "invalid_signature", "no signature") { _ in .post("/sessions/webhooks/elevenlabs", body: "{}") },
        Refusal(401, "invalid_signature", "another signature") { _ in tell("{}", signature: "1") },
        Refusal(413, "body_too_large", "more than 16 MiB of a transcript") { _ in tell(long) },
        Refusal(503, "ledger_unavailable", "the ledger away") { stage in
          stage.ledger.happen(at: .unsettledTalks, .fails)
          let data = "{\"conversation_id\":\"conv_1\",\"status\":\"done\",\"metadata\":{\"call_duration_secs\":9}}"
          stage.ledger.happen(at: .reconcile, .fails)
          return tell("{\"type\":\"post_call_transcription\",\"event_timestamp\":1,\"data\":\(data)}")
        },
      ])
  }()

  private static let operators: [Operation<Stage>] = {
    let reason = "{\"reason\":\"a test\"}"
    let list: Request = { stage in .get("/sessions/live", stage.serving.operatorToken) }
    @Sendable func endAll(_ user: String, _ stage: Stage, _ body: String = reason) -> Call {
      .post("/sessions/users/\(user)/end", stage.serving.operatorToken, body: body)
    }
    return [
      Operation(
        "GET /sessions/live", 200, Guard.operators.union([.page]), list,
        [
          Refusal(503, "talks_unavailable", "the live store away") { stage in
            stage.live.happen(at: .list, .fails)
            return try await list(&stage)
          }
        ]),
      Operation(
        "POST /sessions/users/{user_id}/end", 200, Guard.adminOperators.union([.json]),
        { stage in endAll(stage.serving.user.description, stage) },
        [
          Refusal(400, "invalid_request", "no reason") { stage in
            endAll(stage.serving.user.description, stage, "{\"reason\":\"\"}")
          },
          Refusal(404, "not_found", "no id") { stage in endAll("1", stage) },
          Refusal(503, "talks_unavailable", "the live store away") { stage in
            stage.live.happen(at: .current, .fails)
            return endAll(stage.serving.user.description, stage)
          },
        ]),
      Operation(
        "GET /sessions/drain", 200, Guard.operators,
        { stage in .get("/sessions/drain", stage.serving.operatorToken) },
        [
          Refusal(503, "talks_unavailable", "the live store away") { stage in
            stage.drainRequests.goAway()
            return .get("/sessions/drain", stage.serving.operatorToken)
          }
        ]),
      drain("POST"), drain("DELETE"),
    ]
  }()

  private static func drain(_ method: String) -> Operation<Stage> {
    @Sendable func drain(_ stage: Stage, _ reason: String = "a test") -> Call {
      .other(
        method == "POST" ? .post : .delete, "/sessions/drain", stage.serving.operatorToken,
        body: "{\"reason\":\"\(reason)\"}")
    }
    return Operation(
      "\(method) /sessions/drain", 200, Guard.adminOperators.union([.json]), { stage in drain(stage) },
      [
        Refusal(400, "invalid_request", "no reason") { stage in drain(stage, "") },
        Refusal(503, "talks_unavailable", "the live store away") { stage in
          stage.drainRequests.goAway()
          return drain(stage)
        },
      ])
  }
}
