import Application
import ElevenLabsAdapter
import HTTPServing
import PostgresAdapter
import Runtime

/// All that has to do with ElevenLabs: invitations, what it tells, and what it is asked.
struct ElevenLabsComposition {
  private let host: ServiceHost
  private let settings: ElevenSettings
  private let ledger: PostgresTalkLedger
  private let agent: ElevenLabsAgent
  private let control: ConversationMonitor?
  private let endTalks: EndAbandonedTalks

  init(_ host: ServiceHost, _ settings: ElevenSettings, ledger: PostgresTalkLedger, live: any LiveTalkStore) throws {
    self.host = host
    self.settings = settings
    self.ledger = ledger
    endTalks = EndAbandonedTalks(live: live, conversations: ledger)
    // A start that waits longer than this is no use to anybody: its reservation is good for 15 s.
    agent = ElevenLabsAgent(
      http: host.provider("elevenlabs"), baseURL: settings.baseURL, apiKey: settings.apiKey, reading: .seconds(5))
    control = try settings.monitor.map { try ConversationMonitor(address: $0, apiKey: settings.apiKey) }
  }

  var invite: InviteToTalk { InviteToTalk(agents: agent, conversations: ledger, control: control) }

  var webhook: ConversationWebhook {
    ConversationWebhook(
      signatures: ElevenLabsSignatureVerifier(secrets: settings.webhookSecrets, clock: SystemClock()),
      take: HandleConversationWebhook(conversations: ledger, unparsed: ledger, endTalks: endTalks), logger: host.logger)
  }

  var reviewWorker: ConversationReviewWorker {
    ConversationReviewWorker(
      conversations: ledger,
      review: ReviewConversation(agents: agent, conversations: ledger, control: control, endTalks: endTalks),
      logger: host.logger)
  }
}
