import Application
import ElevenLabsAdapter
import HTTPServing
import PostgresAdapter
import Runtime

/// All that has to do with ElevenLabs: invitations, what it tells, and what it is asked.
struct AgentSide {
  private let host: ServiceHost
  private let settings: ElevenSettings
  private let books: PostgresTalkBooks
  private let agent: ElevenLabsAgent
  private let control: ConversationMonitor?
  private let endTalks: EndAbandonedTalks

  init(_ host: ServiceHost, _ settings: ElevenSettings, books: PostgresTalkBooks, live: any LiveTalks) throws {
    self.host = host
    self.settings = settings
    self.books = books
    endTalks = EndAbandonedTalks(live: live, conversations: books)
    // A start that waits longer than this is no use to anybody: its reservation is good for 15 s.
    agent = ElevenLabsAgent(
      http: host.provider("elevenlabs"), baseURL: settings.baseURL, apiKey: settings.apiKey, reading: .seconds(5))
    control = try settings.monitor.map { try ConversationMonitor(address: $0, apiKey: settings.apiKey) }
  }

  var invite: InviteToTalk { InviteToTalk(agents: agent, conversations: books, control: control) }

  var webhook: ConversationWebhook {
    ConversationWebhook(
      signatures: ElevenLabsSignatures(secrets: settings.webhookSecrets, clock: SystemClock()),
      take: TakeConversationNews(conversations: books, unread: books, endTalks: endTalks), logger: host.logger)
  }

  var desk: ConversationDesk {
    ConversationDesk(
      conversations: books,
      review: ReviewConversation(agents: agent, conversations: books, control: control, endTalks: endTalks),
      database: host.postgres, logger: host.logger)
  }
}
