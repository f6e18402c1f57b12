import HTTPTypes
import Hummingbird

/// ElevenLabs' HTTP API and its controls.
struct ElevenLabsRoutes: Sendable {
  let conversations: Conversations
  let agents: Agents
  let webhooks: ElevenLabsWebhooks
  let settings: Settings

  func add(to api: RouterGroup<SandboxContext>) {
    api.get("v1/convai/conversation/get-signed-url") { request, _ in
      try check(request)
      let agent = try await agent(of: request)
      let entry = await conversations.invite(agentID: agent)
      let url =
        "ws://\(settings.host):\(settings.webSocketPort)/v1/convai/conversation?agent_id=\(agent)"
        + "&conversation_id=\(entry.id)&conversation_signature=\(entry.signature)"
      return Response.json(["signed_url": .string(url), "conversation_id": .string(entry.id)])
    }
    api.get("v1/convai/conversation/token") { request, _ in
      try check(request)
      let entry = await conversations.invite(agentID: try await agent(of: request))
      return Response.json(["token": .string(Self.roomToken(entry)), "conversation_id": .string(entry.id)])
    }
    api.get("v1/convai/conversations/:id") { request, context in
      try check(request)
      guard let entry = await conversations.entry(try context.parameters.require("id")) else {
        throw Self.failure(.notFound, "Conversation not found")
      }
      return Response.json(entry.json)
    }
    api.delete("v1/convai/conversations/:id") { request, context in
      try check(request)
      guard await conversations.remove(try context.parameters.require("id")) else {
        throw Self.failure(.notFound, "Conversation not found")
      }
      return Response.json([:])
    }
    api.get("v1/convai/agents/:id") { request, context in
      try check(request)
      guard let agent = await agents.agent(try context.parameters.require("id")) else {
        throw Self.failure(.notFound, "Agent not found")
      }
      return Response.json(agent)
    }
    api.get("v1/convai/settings") { request, _ in
      try check(request)
      return Response.json([
        "can_use_mcp_servers": false,
        "webhooks": ["post_call_webhook_id": "wh_sandbox", "events": ["transcript"], "send_audio": false],
      ])
    }
  }

  func addControls(to control: RouterGroup<SandboxContext>) {
    control.get("conversations") { _, _ in Response.json(["items": .array(await conversations.all())]) }
    control.put("conversations/:id") { request, context in
      let body = try await request.instructions()
      return Response.json(await conversations.set(try context.parameters.require("id"), body))
    }
    control.post("conversations/:id/begin") { _, context in
      let id = try context.parameters.require("id")
      guard await conversations.begin(id) else { throw ControlFailure("no such conversation", status: .notFound) }
      await conversations.add("agent", Agent.greeting, to: id)
      return Response.noContent
    }
    control.post("conversations/:id/finish") { request, context in
      let id = try context.parameters.require("id")
      let body = try await request.instructions()
      let said = body["say"]?.string
      await conversations.add("user", said ?? "I slept badly all week and my back hurts after work.", to: id)
      await conversations.add("agent", Agent.reply(to: said ?? "I slept badly all week."), to: id)
      await conversations.end(id, reason: "client ended the call", told: body)
      return Response.noContent
    }
    control.post("webhooks") { request, _ in
      let body = try await request.instructions()
      let id = body["conversation_id"]?.string ?? ""
      let conversation = await conversations.entry(id)?.json
      return Response.json(try webhooks.send(conversation, id: id, command: body))
    }
    control.put("agents/:id") { request, context in
      let body = try await request.instructions()
      return Response.json(await agents.change(try context.parameters.require("id"), body))
    }
    control.put("monitor") { request, _ in
      await conversations.setMonitor(try await request.instructions()["enabled"]?.bool ?? true)
      return Response.noContent
    }
  }

  private func agent(of request: Request) async throws -> String {
    guard let agent = request.query("agent_id") else {
      throw Self.failure(.unprocessableContent, "agent_id is missing")
    }
    guard await agents.agent(agent) != nil else { throw Self.failure(.notFound, "Agent not found") }
    return agent
  }

  /// In the form of LiveKit's tokens: the room is named after the conversation.
  private static func roomToken(_ entry: Conversations.Entry) -> String {
    let claims: JSON = [
      "exp": .int(unixNow() + 900), "iss": "sandbox", "sub": .string(identifier("user_", length: 12)),
      "video": ["room": .string("room_\(entry.agentID)_\(entry.id)"), "roomJoin": true],
    ]
    let head: JSON = ["alg": "HS256", "typ": "JWT"]
    let signed = base64URL(head.bytes) + "." + base64URL(claims.bytes)
    return signed + "." + base64URL(Array(entry.signature.utf8))
  }

  private func check(_ request: Request) throws {
    guard let name = HTTPField.Name("xi-api-key"), request.headers[name] == settings.elevenAPIKey else {
      throw Self.failure(.unauthorized, "Invalid API key")
    }
  }

  private static func failure(_ status: HTTPResponse.Status, _ message: String) -> ProviderFailure {
    ProviderFailure(
      status: status, body: ["detail": ["status": "error", "message": .string(message)]])
  }
}

/// The agent's texts: it listens and asks further questions.
enum Agent {
  static let greeting = "Hello, I am here for you. How have you been?"
  static let prompts = [
    "Take your time. What is on your mind?", "And how did the last days go for you?",
    "Is there something that you would like to change first?",
  ]

  static func reply(to text: String) -> String {
    "I hear you: \"\(text.prefix(160))\". Let us look for one small step that you can take tomorrow. What would help you most?"
  }
}
