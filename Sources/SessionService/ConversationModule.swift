import Application
import HTTPServing

/// All that has to do with the provider's calls: invitations, what it tells, and what it is asked.
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
