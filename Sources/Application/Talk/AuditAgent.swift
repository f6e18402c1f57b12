import Domain

/// An agent's settings, as far as they decide who may talk with it, how long and about what.
public struct AgentSettings: Sendable, Equatable {
  /// Only who has a signed URL or a token is let in.
  public let isAuthenticated: Bool
  /// Whoever has this token is let in too, whatever else is set.
  public let hasShareableToken: Bool
  /// What a client may set in its first message, such as `agent.prompt.llm`.
  public let overridable: [String]
  /// A call is cut then; nil where it never is.
  public let longestCall: TalkTime?
  public let isMonitored: Bool

  public init(
    isAuthenticated: Bool, hasShareableToken: Bool, overridable: [String], longestCall: TalkTime?, isMonitored: Bool
  ) {
    self.isAuthenticated = isAuthenticated
    self.hasShareableToken = hasShareableToken
    self.overridable = overridable
    self.longestCall = longestCall
    self.isMonitored = isMonitored
  }
}

public protocol ReadsAgents: Sendable {
  /// Nil for an agent that there is not.
  func settings(of agent: String) async throws(VoiceAgentError) -> AgentSettings?
}

/// What lets people talk for nothing, or longer or with another model than they pay for.
public enum AgentWeakness: Sendable, Equatable, CustomStringConvertible {
  case noAuthentication
  case shareableToken
  case overridable(String)
  case endless
  case longerThanTalks(call: TalkTime, talk: TalkTime)
  case notMonitored

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
    }
  }
}

/// Looks at an agent with the eyes of somebody who would rather not pay.
public struct AuditAgent: Sendable {
  /// Of what a client may set: what costs, and for how long. A language or a first message are theirs.
  private static let costly: Set<String> = [
    "prompt", "llm", "model", "model_id", "max_duration_seconds", "custom_llm_extra_body",
  ]

  private let longestTalk: TalkTime
  private let endsCalls: Bool

  /// - Parameter endsCalls: whether calls are to be ended by way of the monitor.
  public init(longestTalk: TalkTime, endsCalls: Bool) {
    self.longestTalk = longestTalk
    self.endsCalls = endsCalls
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
    return found
  }
}
