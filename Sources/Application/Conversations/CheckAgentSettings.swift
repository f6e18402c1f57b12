import Domain

/// A setting that lets a caller talk without paying, or longer or with another model than paid for, or keeps callers
/// from talking.
public enum AgentSettingWeakness: Sendable, Equatable, CustomStringConvertible {
  case noAuthentication
  case shareableToken
  case overridable(String)
  case endless
  case longerThanTalks(call: TalkTime, talk: TalkTime)
  case notMonitored
  case queues
  case bursts
  case fewCalls(Int64)
  /// The page needs these events, but the provider does not send them.
  case withoutEvents([String])
  case unplayable(String)
  case unheard(String)
  case originNotAllowed(String)
  case tellsSound
  case tellsNoTranscript

  /// Whether the weakness neither allows unpaid talks nor prevents talks.
  public var isMinor: Bool {
    switch self {
    case .bursts, .fewCalls, .tellsSound, .tellsNoTranscript: true
    default: false
    }
  }

  public var description: String {
    switch self {
    case .noAuthentication:
      "it lets in whoever knows its id, and every signed URL holds it: set platform_settings.auth.enable_auth"
    case .shareableToken:
      "it has a shareable token, which lets in whoever has it: empty platform_settings.auth.shareable_token"
    case .overridable(let name): "a client may set \(name): take it out of platform_settings.overrides"
    case .endless: "its calls never end by themselves: set conversation_config.conversation.max_duration_seconds"
    case .longerThanTalks(let call, let talk):
      "its calls last up to \(call.milliseconds / 1_000) s and a talk at most \(talk.milliseconds / 1_000) s (MAX_TALK): lower max_duration_seconds"
    case .notMonitored:
      "ELEVEN_CONTROL is monitor, and its calls cannot be monitored: set conversation.monitoring_enabled"
    case .queues:
      "callers wait in a line while it is busy, and waiting is not their time: turn platform_settings.queueing_config.enabled off"
    case .bursts:
      "calls beyond the workspace's limit cost twice as much: turn platform_settings.call_limits.bursting_enabled off"
    case .fewCalls(let limit): "it takes \(limit) calls a day: raise platform_settings.call_limits.daily_limit"
    case .withoutEvents(let names):
      "the page is not sent \(names.joined(separator: ", ")): add it to conversation_config.conversation.client_events"
    case .unplayable(let format):
      "the page plays PCM and would play \(format) as noise: set conversation_config.tts.agent_output_audio_format"
    case .unheard(let format):
      "the page sends PCM, and it expects \(format): set conversation_config.asr.user_input_audio_format"
    case .originNotAllowed(let host):
      "it lets in other pages alone: add \(host) to platform_settings.auth.allowlist, or empty it"
    case .tellsSound:
      "its webhook sends the sound of each call, which is dropped: leave audio out of webhooks.events"
    case .tellsNoTranscript:
      "its webhook tells no transcript, so that each call is asked for: add it to webhooks.events"
    }
  }
}

/// Checks an agent's settings for ways to talk without paying.
public struct CheckAgentSettings: Sendable {
  /// The settings that a client may override and that affect the cost or the duration. Language and first message are
  /// harmless.
  private static let costly: Set<String> = [
    "prompt", "llm", "model", "model_id", "max_duration_seconds", "custom_llm_extra_body",
  ]

  /// The events that the page shows and plays.
  private static let neededEvents = ["audio", "interruption", "user_transcript", "agent_response"]
  /// A daily limit below this is more likely a mistake than intended.
  private static let fewCalls: Int64 = 1_000

  private let longestTalk: TalkTime
  private let endsCalls: Bool
  private let host: String?

  /// - Parameters:
  ///   - endsCalls: whether calls are to be ended through the monitor.
  ///   - host: the host of our page; nil if it is not known.
  public init(longestTalk: TalkTime, endsCalls: Bool, host: String? = nil) {
    self.longestTalk = longestTalk
    self.endsCalls = endsCalls
    self.host = host
  }

  public func callAsFunction(_ agent: ReportedAgentSettings) -> [AgentSettingWeakness] {
    var found: [AgentSettingWeakness] = []
    if !agent.isAuthenticated { found.append(.noAuthentication) }
    if agent.hasShareableToken { found.append(.shareableToken) }
    for name in agent.overridable where !Self.costly.isDisjoint(with: name.split(separator: ".").map(String.init)) {
      found.append(.overridable(name))
    }
    if let longest = agent.longestCall, longest > .zero {
      if longest > longestTalk { found.append(.longerThanTalks(call: longest, talk: longestTalk)) }
    } else {
      found.append(.endless)
    }
    if endsCalls, !agent.isMonitored { found.append(.notMonitored) }
    return found + weaknesses(of: agent.service)
  }

  private func weaknesses(of service: ReportedAgentSettings.Service) -> [AgentSettingWeakness] {
    var found: [AgentSettingWeakness] = []
    if service.queues { found.append(.queues) }
    if service.bursts { found.append(.bursts) }
    if let limit = service.dailyCalls, (0..<Self.fewCalls).contains(limit) { found.append(.fewCalls(limit)) }
    if let events = service.clientEvents {
      let missing = Self.neededEvents.filter { !events.contains($0) }
      if !missing.isEmpty { found.append(.withoutEvents(missing)) }
    }
    if let format = service.outputFormat, !format.hasPrefix("pcm_") { found.append(.unplayable(format)) }
    if let format = service.inputFormat, !format.hasPrefix("pcm_") { found.append(.unheard(format)) }
    if let host, !service.origins.isEmpty, !service.origins.contains(where: { Self.names($0, host) }) {
      found.append(.originNotAllowed(host))
    }
    if let events = service.webhookEvents {
      if events.contains(where: { $0.hasSuffix("audio") }) { found.append(.tellsSound) }
      if !events.contains(where: { $0.hasSuffix("transcript") }) { found.append(.tellsNoTranscript) }
    }
    return found
  }

  /// The entry may have a port or none.
  private static func names(_ entry: String, _ host: String) -> Bool {
    entry.lowercased().split(separator: ":").first.map(String.init) == host.lowercased()
  }
}
