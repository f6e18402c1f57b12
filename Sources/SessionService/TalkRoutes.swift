import Application
import Domain
import HTTPServing
import Hummingbird
import TalkJSON

/// /sessions: the start, beats, end and history of talks.
struct TalkRoutes: Sendable {
  let start: StartTalk
  let beat: TakeHeartbeat
  let end: EndTalk
  let endByOperator: EndTalkByOperator
  let admit: RefuseTalkStartWhileDraining
  let consent: RequireConsent
  let proof: ReadTalkProof
  let read: ReadTalk
  let authenticator: Authenticator
  let limits: RouteLimits
  let answers: any IdempotencyStore
  let clock: any WallClock
  let agents: AllowedAgents
  let allowsWebRTC: Bool

  private struct StartTalkRequest: Decodable {
    let agentID: String?
    let takeOver: Bool?
    let connection: VoiceTransport?
    let continuing: String?
    enum CodingKeys: String, CodingKey {
      case agentID = "agent_id", takeOver = "take_over", connection, continuing = "continue"
    }
  }

  private struct HeartbeatRequest: Decodable { let seq: Int64? }

  func add(to router: Router<HTTPRequestContext>) {
    let sessions = router.group("/sessions")
    // The beat has no middleware: its script checks revocation and limit itself.
    sessions.post(":id/heartbeat") { request, context in try await heartbeat(request, context) }
    let own = sessions.group().add(middleware: RequirePrincipal(authenticator))
    let starting = limits.limited(own, "start_talk", 30, per: .seconds(600), of: .user)
    starting.post { request, context in try await started(request, context) }
    own.post(":id/end") { request, context in
      let answer = EndedTalkResponse(try await ended(try Self.session(context), request, context))
      return try json(answer, status: answer.settled ? .ok : .accepted)
    }
    addHistory(own)
  }

  /// An owner ends a talk without a reason, or because the agent has left. An operator may give a reason for the end of
  /// another user's talk.
  private func ended(
    _ session: SessionID, _ request: Request, _ context: HTTPRequestContext
  ) async throws -> EndedTalk {
    let principal = try context.requirePrincipal()
    let body = try await request.decodeOptionalJSON(EndTalkRequest.self)
    let ownReason = try Self.endReason(body.cause)
    do {
      return try await end(session, by: principal.userID, reason: ownReason)
    } catch EndTalkError.notFound where principal.isOperator(.admin) {
      let reason = body.reason ?? "ended by an operator"
      return try await endByOperator(session, reason: reason, actor: principal.userID.description)
    }
  }

  private static func endReason(_ cause: String?) throws(Problem) -> EndReason {
    switch cause {
    case nil: return .user
    case "agent_left": return .agentEnded
    case .some: throw .invalidField("cause", code: "unknown", "A cause is agent_left or is left out.")
    }
  }

  private func addHistory(_ own: RouterGroup<HTTPRequestContext>) {
    own.get { request, context in
      let user = try context.namedUser(request) ?? context.requirePrincipal().userID
      let page = try PageQuery(request)
      let found = try await read.history(
        of: user, limit: page.limit, after: try page.cursor { SessionID($0)?.text })
      return try json(
        Page(
          items: found.items.map { TalkResponse($0, live: nil) }, nextCursor: found.next.map(PageQuery.cursor)))
    }
    own.get(":id") { _, context in
      let user = try context.requirePrincipal().userID
      return try json(TalkResponse(try await read(try Self.session(context), of: user)))
    }
    own.get(":id/proof") { _, context in
      let principal = try context.requirePrincipal()
      return try json(
        try await proof(try Self.session(context), by: principal.isOperator(.support) ? nil : principal.userID))
    }
  }

  private func started(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    // The refusal is not kept for the Idempotency-Key: the client asks for the consent and repeats the request.
    try await consent(of: user)
    return try await idempotently(request, context, route: "POST /sessions", store: answers) { request in
      let body = try await request.decodeOptionalJSON(StartTalkRequest.self)
      let wish = try wish(body)
      try await admit()
      let talk = try await start(
        user: user, wish: wish, takeOver: body.takeOver ?? false, continuing: try Self.continued(body.continuing))
      let answer = StartedTalkResponse(talk, createdAt: clock.now())
      return try json(answer, status: .created, headers: [.location: "/sessions/\(answer.id)"])
    }
  }

  /// What is no talk's id names no talk that can be continued.
  private static func continued(_ text: String?) throws(StartTalkError) -> SessionID? {
    guard let text else { return nil }
    guard let session = SessionID(text) else { throw .cannotContinue }
    return session
  }

  private func wish(_ body: StartTalkRequest) throws(Problem) -> ConversationRequest {
    guard let agent = agents.agent(body.agentID) else {
      throw .invalidField("agent_id", code: "unknown", "There is no such agent.")
    }
    let connection = body.connection ?? .websocket
    if connection == .webrtc, !allowsWebRTC {
      throw .invalidField("connection", code: "not_offered", "WebRTC is not offered here.")
    }
    return ConversationRequest(agent: agent, connection: connection)
  }

  private func heartbeat(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
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
      body: .init(byteBuffer: HeartbeatResponse.body(try result.accepted())))
  }

  private static func session(_ context: HTTPRequestContext) throws(ReadTalkError) -> SessionID {
    guard let id = context.parameters.get("id").flatMap({ SessionID(String($0)) }) else { throw .notFound }
    return id
  }

  /// Reads `seq` from the query, or from a JSON body.
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
    // Redis computes with doubles, which are not exact beyond this.
    if let given, !(0...(1 << 53)).contains(given) {
      throw Problem.invalidField("seq", "seq is a whole number from 0 to 2^53.")
    }
    return given
  }
}
