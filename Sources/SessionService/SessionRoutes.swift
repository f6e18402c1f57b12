import Application
import Domain
import HTTPServing
import Hummingbird

/// /sessions: start, beat, end, history.
struct SessionRoutes: Sendable {
  let start: StartTalk
  let beat: TakeHeartbeat
  let end: EndTalk
  let endByOperator: EndTalkByOperator
  let admit: AdmitTalk
  let proof: ReadProof
  let live: any LiveTalkStore
  let history: any TalkHistory
  let authenticator: Authenticator
  let limiter: any RateLimiter
  let limits: LimitProfile
  let answers: any IdempotencyStore
  let clock: any WallClock
  let agents: AgentList
  let allowsWebRTC: Bool

  private struct StartTalkRequest: Decodable {
    let agentID: String?
    let takeOver: Bool?
    let connection: VoiceConnection?
    enum CodingKeys: String, CodingKey { case agentID = "agent_id", takeOver = "take_over", connection }
  }

  private struct HeartbeatRequest: Decodable { let seq: Int64? }

  func add(to router: Router<ServingContext>) {
    let sessions = router.group("/sessions")
    // No middleware before the beat: its script looks up revocation and limit itself.
    sessions.post(":id/heartbeat") { request, context in try await heartbeat(request, context) }
    let own = sessions.group().add(middleware: RequirePrincipal(authenticator))
    let starting = own.group().add(
      middleware: LimitedBy(limits.limit("start_talk", 30, per: .seconds(600)), of: .user, limiter: limiter))
    starting.post { request, context in try await started(request, context) }
    own.post(":id/end") { request, context in
      let answer = EndedResponse(try await ended(try Self.session(context), request, context))
      return try json(answer, status: answer.settled ? .ok : .accepted)
    }
    addHistory(own)
    addProof(own)
  }

  /// Its owner ends a talk without a word, or because the agent has left; of anybody else's an operator may say why.
  private func ended(
    _ session: SessionID, _ request: Request, _ context: ServingContext
  ) async throws -> EndedTalk {
    let principal = try context.requirePrincipal()
    let body = try await request.decodeOptionalJSON(EndTalkRequest.self)
    let ownReason = try Self.endReason(body.cause)
    do throws(EndTalkError) {
      return try await end(session, by: principal.userID, reason: ownReason)
    } catch {
      guard error == .notFound, principal.scope.contains("operator") else { throw Problem(error) }
    }
    let reason = body.reason ?? "ended by an operator"
    return try await operating { () async throws(OperatorEndError) in
      try await endByOperator(session, reason: reason, actor: principal.userID.description)
    }
  }

  private static func endReason(_ cause: String?) throws(Problem) -> EndReason {
    switch cause {
    case nil: return .user
    case "agent_left": return .agentEnded
    case .some: throw .invalidField("cause", code: "unknown", "A cause is agent_left or is left out.")
    }
  }

  private func addHistory(_ own: RouterGroup<ServingContext>) {
    own.get { request, context in
      let user = try context.requirePrincipal().userID
      let page = try PageQuery(request)
      let after = try page.cursor { SessionID($0)?.text }
      let found = try await reading { () async throws(TalkLedgerError) in
        try await history.history(of: user, limit: page.limit, after: after)
      }
      return try json(
        Page(
          items: found.items.map { TalkResponse($0, live: nil) }, nextCursor: found.next.map(PageQuery.cursor)))
    }
    own.get(":id") { _, context in
      let user = try context.requirePrincipal().userID
      let session = try Self.session(context)
      return try json(try await talk(session, of: user))
    }
  }

  /// A page that is loaded again while the ledger is away must learn its `seq` all the same, or its talk ends by the gap.
  private func talk(_ session: SessionID, of user: UserID) async throws(Problem) -> TalkResponse {
    let found: TalkRecord?
    do throws(TalkLedgerError) {
      found = try await history.record(of: session)
    } catch {
      if let talk = try? await live.read(session), talk.user == user { return TalkResponse(talk) }
      throw .unavailable(error.code, "The service cannot answer just now.")
    }
    guard let record = found, record.user == user else { throw .notFound("There is no such talk.") }
    return TalkResponse(record, live: record.isEnded ? nil : try? await live.read(session))
  }

  private func addProof(_ own: RouterGroup<ServingContext>) {
    own.get(":id/proof") { _, context in
      let principal = try context.requirePrincipal()
      let session = try Self.session(context)
      do throws(ReadProofError) {
        let isOperator = principal.scope.contains("operator")
        return try Self.answer(try await proof(session, by: isOperator ? nil : principal.userID))
      } catch {
        throw Problem(error)
      }
    }
  }

  private static func answer(_ proof: TalkProof) throws(ReadProofError) -> Response {
    do { return try json(proof) } catch { throw .unavailable }
  }

  private func started(_ request: Request, _ context: ServingContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    return try await idempotently(request, context, route: "POST /sessions", store: answers) { request in
      let body = try await request.decodeOptionalJSON(StartTalkRequest.self)
      let wish = try wish(body)
      do throws(AdmissionError) { try await admit() } catch { throw Problem(error) }
      do throws(StartTalkError) {
        let talk = try await start(user: user, wish: wish, takeOver: body.takeOver ?? false)
        return try Self.startedAnswer(StartedTalkResponse(talk, createdAt: clock.now()))
      } catch {
        throw Problem(error)
      }
    }
  }

  private func wish(_ body: StartTalkRequest) throws(Problem) -> InvitationRequest {
    guard let agent = agents.agent(body.agentID) else {
      throw .invalidField("agent_id", code: "unknown", "There is no such agent.")
    }
    let connection = body.connection ?? .websocket
    if connection == .webrtc, !allowsWebRTC {
      throw .invalidField("connection", code: "not_offered", "WebRTC is not offered here.")
    }
    return InvitationRequest(agent: agent, connection: connection)
  }

  private static func startedAnswer(_ answer: StartedTalkResponse) throws(StartTalkError) -> Response {
    do {
      return try json(answer, status: .created, headers: [.location: "/sessions/\(answer.id)"])
    } catch {
      throw .unavailable
    }
  }

  private func heartbeat(_ request: Request, _ context: ServingContext) async throws -> Response {
    let claims = try await authenticator.unrevokedUnchecked(request)
    let session = try Self.session(context)
    let heartbeat = Heartbeat(
      session: session, user: claims.userID, device: claims.deviceID,
      issuedAt: claims.issuedAt.unixSeconds, seq: try await Self.seq(request))
    let result: Result<HeartbeatResult, LiveTalkError>
    do throws(LiveTalkError) {
      result = .success(try await beat(heartbeat))
    } catch {
      result = .failure(error)
    }
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: HeartbeatResponse.body(try HeartbeatResponse.accepted(result))))
  }

  private static func session(_ context: ServingContext) throws(Problem) -> SessionID {
    guard let id = context.parameters.get("id").flatMap({ SessionID(String($0)) }) else {
      throw .notFound("There is no such talk.")
    }
    return id
  }

  /// In the query, or in a JSON body.
  private static func seq(_ request: Request) async throws -> Int64? {
    let given: Int64?
    if let query = request.uri.query, !query.isEmpty, let text = request.uri.queryParameters["seq"] {
      guard let number = Int64(text) else { throw Problem.invalidField("seq", "seq is a whole number.") }
      given = number
    } else if request.headers[.contentType] != nil || request.headers[.contentLength].map({ $0 != "0" }) == true {
      given = try await request.decodeOptionalJSON(HeartbeatRequest.self).seq
    } else {
      given = nil
    }
    // Beyond this a double, which Redis computes with, is no longer exact.
    if let given, !(0...(1 << 53)).contains(given) {
      throw Problem.invalidField("seq", "seq is a whole number from 0 to 2^53.")
    }
    return given
  }
}

func reading<T>(_ body: () async throws(TalkLedgerError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch { throw .unavailable(error.code, "The service cannot answer just now.") }
}
