import Domain

/// What lets people talk for nothing, or longer or with another model than they pay for, or keeps them from talking.
public enum AgentWeakness: Sendable, Equatable, CustomStringConvertible {
  case noAuthentication
  case shareableToken
  case overridable(String)
  case endless
  case longerThanTalks(call: TalkTime, talk: TalkTime)
  case notMonitored
  case queues
  case bursts
  case fewCalls(Int64)
  /// Events that the page lives on and is not sent.
  case withoutEvents([String])
  case unplayable(String)
  case unheard(String)
  case originNotAllowed(String)
  case tellsSound
  case tellsNoTranscript

  /// Nobody talks for nothing because of it, and everybody can talk.
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

/// Looks at an agent with the eyes of somebody who would rather not pay.
public struct AuditAgent: Sendable {
  /// Of what a client may set: what costs, and for how long. A language or a first message are theirs.
  private static let costly: Set<String> = [
    "prompt", "llm", "model", "model_id", "max_duration_seconds", "custom_llm_extra_body",
  ]

  /// What the page shows and plays.
  private static let neededEvents = ["audio", "interruption", "user_transcript", "agent_response"]
  /// Fewer calls a day than this are more likely a slip than a wish.
  private static let fewCalls: Int64 = 1_000

  private let longestTalk: TalkTime
  private let endsCalls: Bool
  private let host: String?

  /// - Parameters:
  ///   - endsCalls: whether calls are to be ended by way of the monitor.
  ///   - host: where our page is; nil where that is not known.
  public init(longestTalk: TalkTime, endsCalls: Bool, host: String? = nil) {
    self.longestTalk = longestTalk
    self.endsCalls = endsCalls
    self.host = host
  }

  public func callAsFunction(_ agent: AgentSettings) -> [AgentWeakness] {
    var found: [AgentWeakness] = []
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

  private func weaknesses(of service: AgentSettings.Service) -> [AgentWeakness] {
    var found: [AgentWeakness] = []
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

  /// With or without a port.
  private static func names(_ entry: String, _ host: String) -> Bool {
    entry.lowercased().split(separator: ":").first.map(String.init) == host.lowercased()
  }
}
