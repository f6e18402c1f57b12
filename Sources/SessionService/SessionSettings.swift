import Domain
import ElevenLabsAdapter
import Runtime

struct SessionSettings: Sendable {
  let common: CommonSettings
  let eleven: ElevenSettings
  let grace: TalkTime
  let longest: TalkTime
  let linkPort: Int
  /// How many talks there may be at once; nil for no limit.
  let mostTalks: Int?
  /// What users have to consent to before a talk; nil for nothing.
  let consentVersion: ConsentVersion?

  init(_ reader: SettingsReader = SettingsReader()) throws {
    common = CommonSettings(reader, service: "session")
    eleven = ElevenSettings(reader, isProduction: common.isProduction)
    grace = reader.span("CREDIT_FAILURE_GRACE", default: .seconds(30))
    longest = reader.span("MAX_TALK", default: .minutes(60))
    if longest > .minutes(24 * 60) { reader.add("MAX_TALK is longer than a day") }
    if grace > .minutes(60) { reader.add("CREDIT_FAILURE_GRACE is longer than an hour") }
    consentVersion = reader.consentVersion()
    linkPort = reader.port("SESSION_LINK_PORT")
    mostTalks = reader.optional("MAX_LIVE_SESSIONS").map { _ in
      reader.int("MAX_LIVE_SESSIONS", default: 0, in: SettingRange.liveSessions)
    }
    try reader.check()
  }
}

/// The settings of ElevenLabs that the session service needs.
struct ElevenSettings: Sendable {
  let apiKey: String
  let baseURL: String
  let agents: AllowedAgents
  /// The current secret of the webhooks and the previous one. Empty if none is set; no webhook is then accepted.
  let webhookSecrets: [String]
  let allowsWebRTC: Bool
  /// The address at which conversations are ended from outside; nil if the plan does not allow it.
  let monitor: ConversationMonitorAddress?

  init(_ reader: SettingsReader, isProduction: Bool) {
    apiKey = reader.required("ELEVEN_API_KEY", secret: true)
    agents = AllowedAgents(standard: reader.required("AGENT_ID"), more: reader.optional("AGENT_IDS"))
    baseURL = reader.baseURL("ELEVEN_BASE_URL", default: "https://api.elevenlabs.io")
    if isProduction, !baseURL.hasPrefix("https://") { reader.add("ELEVEN_BASE_URL is not https") }
    webhookSecrets = ["ELEVEN_WEBHOOK_SECRET", "ELEVEN_WEBHOOK_SECRET_PREVIOUS"].compactMap {
      reader.optional($0, secret: true)
    }
    let webrtc = reader.optional("ELEVEN_WEBRTC")
    if let webrtc, webrtc != "allowed" { reader.add("ELEVEN_WEBRTC is allowed or is not set") }
    allowsWebRTC = webrtc == "allowed"
    let control = reader.optional("ELEVEN_CONTROL")
    if let control, control != "monitor" { reader.add("ELEVEN_CONTROL is monitor or is not set") }
    let address = reader.string("ELEVEN_MONITOR_URL", default: baseURL)
    monitor = control == "monitor" ? ConversationMonitorAddress(address) : nil
    if control == "monitor", monitor == nil { reader.add("ELEVEN_MONITOR_URL is not a ws(s) address") }
    if isProduction, monitor?.isSecure == false { reader.add("ELEVEN_MONITOR_URL is not wss") }
  }
}
