import Domain

/// The settings of an agent that decide who may talk with it, for how long and about what.
public struct ReportedAgentSettings: Sendable, Equatable {
  /// Whether the agent admits only callers with a signed URL or a token.
  public let isAuthenticated: Bool
  /// Whether the agent has a shareable token. It admits every caller who has this token, regardless of the other
  /// settings.
  public let hasShareableToken: Bool
  /// The settings that a client may override in its first message, such as `agent.prompt.llm`.
  public let overridable: [String]
  /// The duration after which a call is cut; nil if it never is.
  public let longestCall: TalkTime?
  public let isMonitored: Bool
  public let service: Service

  public init(
    isAuthenticated: Bool, hasShareableToken: Bool, overridable: [String], longestCall: TalkTime?, isMonitored: Bool,
    service: Service = Service()
  ) {
    self.isAuthenticated = isAuthenticated
    self.hasShareableToken = hasShareableToken
    self.overridable = overridable
    self.longestCall = longestCall
    self.isMonitored = isMonitored
    self.service = service
  }

  /// The settings that decide whether a page can talk with the agent. Nil if the provider does not report the setting:
  /// its default then applies.
  public struct Service: Sendable, Equatable {
    /// Whether callers wait in a queue while the agent is busy.
    public var queues: Bool
    /// Whether calls beyond the workspace's concurrency limit go on, at twice the price.
    public var bursts: Bool
    /// The limit of calls in a day.
    public var dailyCalls: Int64?
    /// The events that a client gets, such as `audio`.
    public var clientEvents: [String]?
    /// Such as `pcm_16000`.
    public var inputFormat, outputFormat: String?
    /// The hosts whose pages may call; empty for any host.
    public var origins: [String]
    /// The events that the post-call webhook reports, such as `transcript`.
    public var webhookEvents: [String]?

    public init(
      queues: Bool = false, bursts: Bool = false, dailyCalls: Int64? = nil, clientEvents: [String]? = nil,
      inputFormat: String? = nil, outputFormat: String? = nil, origins: [String] = [], webhookEvents: [String]? = nil
    ) {
      self.queues = queues
      self.bursts = bursts
      self.dailyCalls = dailyCalls
      self.clientEvents = clientEvents
      self.inputFormat = inputFormat
      self.outputFormat = outputFormat
      self.origins = origins
      self.webhookEvents = webhookEvents
    }
  }
}

public protocol AgentSettingsReader: Sendable {
  /// Nil if the agent does not exist.
  func settings(of agent: String) async throws(VoiceAgentError) -> ReportedAgentSettings?
}
