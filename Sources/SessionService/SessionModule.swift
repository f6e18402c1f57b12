import HTTPServing

/// Talks, their conversations, and the routes of both.
struct SessionModule: Sendable {
  let talks: TalkModule
  let conversations: ConversationModule
  let ports: SessionPorts

  init(_ settings: SessionSettings, _ ports: SessionPorts) {
    self.ports = ports
    conversations = ConversationModule(ports)
    talks = TalkModule(settings, ports, invite: conversations.invite)
  }

  var api: ServiceAPI {
    let router = Serving.router()
    talks.routes.add(to: router)
    talks.operatorRoutes.add(to: router)
    conversations.webhook.add(to: router)
    talks.events.add(to: router)
    return ServiceAPI(
      router, prefix: "/sessions", problems: .sessions,
      fastPath: HeartbeatFastPath(beat: talks.beat, tokens: ports.serving.tokens))
  }
}
