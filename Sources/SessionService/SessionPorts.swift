import Application
import CryptoAdapter
import Domain
import ElevenLabsAdapter
import HTTPServing
import Logging
import PostgresAdapter
import RedisAdapter
import Runtime

/// The ports of talks, by role.
struct SessionPorts: Sendable {
  let serving: CommonRoutePorts
  let live: any LiveTalkStore & LiveTalkIndex & CarePlanSubscriberNotifier
  let feed: any TalkFeed
  let ledger: any TalkLedger
  let history: any TalkHistory
  let proofs: any TalkProofReader
  let names: any TalkProviderIDReader
  let actions: any OperatorTalkActionLog
  let accounts: any AccountStatusReader
  let consents: any ConsentReader
  let conversations: any ConversationRepository
  let checks: any DurationCheckQueue
  let unparsed: any UnparsedConversationWebhookStore
  let drainRequests: any TalkStartPauseStore
  let agents: any ConversationInviter & ConversationReader
  /// Nil if conversations cannot be ended from outside.
  let control: (any ConversationTerminator)?
  let signatures: any ConversationSignatureVerifier
  let random: any RandomSource
  /// Whether this instance was asked to shut down.
  let isLeaving: @Sendable () -> Bool
  let logger: Logger
}

extension SessionPorts {
  /// Uses Redis, Postgres and ElevenLabs.
  init(_ host: ServiceHost, _ settings: SessionSettings, tokens: any AccessTokenVerifier) throws {
    let eleven = settings.eleven
    self.init(
      serving: host.servingPorts(tokens: tokens),
      live: RedisLiveTalkStore(
        redis: host.redis, grace: settings.grace, longest: settings.longest, limit: settings.beatLimit),
      feed: RedisTalkFeed(redis: host.redis, longest: settings.longest),
      ledger: PostgresTalkLedger(database: host.postgres),
      history: PostgresTalkHistory(database: host.postgres), proofs: PostgresTalkProofReader(database: host.postgres),
      names: PostgresTalkProviderIDReader(database: host.postgres),
      actions: PostgresOperatorTalkActionLog(database: host.postgres),
      accounts: PostgresAccountStatusReader(database: host.postgres),
      consents: PostgresConsentReader(database: host.postgres),
      conversations: PostgresConversationRepository(database: host.postgres),
      checks: PostgresDurationCheckQueue(database: host.postgres),
      unparsed: PostgresUnparsedConversationWebhookStore(database: host.postgres),
      drainRequests: RedisTalkStartPauseStore(redis: host.redis),
      // A longer wait is of no use to a start: its reservation is valid for 15 s.
      agents: ElevenLabsConversations(
        http: host.provider("elevenlabs"), baseURL: eleven.baseURL, apiKey: eleven.apiKey, reading: .seconds(5)),
      control: try eleven.monitor.map { try ElevenLabsConversationTerminator(address: $0, apiKey: eleven.apiKey) },
      signatures: ElevenLabsSignatureVerifier(secrets: eleven.webhookSecrets, clock: SystemClock()),
      random: SystemRandom(), isLeaving: host.isLeaving, logger: host.logger)
  }
}

extension SessionSettings {
  /// The rate of a page's beats over a link, and ten at once, for those that a slow network has held back.
  fileprivate var beatLimit: BeatRateLimit {
    common.developmentLimits ? .development : .production
  }
}
