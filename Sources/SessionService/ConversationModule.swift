import Application
import HTTPServing

/// The use cases of the provider's conversations: invitations, the provider's reports, and requests to the provider.
struct ConversationModule: Sendable {
  private let ports: SessionPorts
  private let endTalks: EndAbandonedTalks

  init(_ ports: SessionPorts) {
    self.ports = ports
    endTalks = EndAbandonedTalks(live: ports.live, checks: ports.checks)
  }

  var invite: InviteToTalk {
    InviteToTalk(agents: ports.agents, conversations: ports.conversations, control: ports.control)
  }

  var webhook: ConversationWebhook {
    ConversationWebhook(
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
