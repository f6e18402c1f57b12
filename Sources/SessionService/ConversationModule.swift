import Application
import HTTPServing

/// The use cases of the provider's conversations: invitations, the provider's reports, and requests to the provider.
struct ConversationModule: Sendable {
  private let ports: SessionPorts
  private let endTalks: EndTalksOfFinishedConversation

  init(_ ports: SessionPorts) {
    self.ports = ports
    endTalks = EndTalksOfFinishedConversation(live: ports.live, checks: ports.checks)
  }

  var invite: GetConversationURL {
    GetConversationURL(agents: ports.agents, conversations: ports.conversations, control: ports.control)
  }

  var webhook: ElevenLabsWebhookRoute {
    ElevenLabsWebhookRoute(
      signatures: ports.signatures,
      take: HandleConversationWebhook(
        conversations: ports.conversations, unparsed: ports.unparsed, endTalks: endTalks), logger: ports.logger)
  }

  var checks: DurationCheckWorker {
    DurationCheckWorker(
      queue: ports.checks,
      check: CheckConversationDuration(
        agents: ports.agents, conversations: ports.conversations, queue: ports.checks, control: ports.control,
        endTalks: endTalks),
      logger: ports.logger)
  }
}
