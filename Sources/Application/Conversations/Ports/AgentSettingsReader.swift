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

  /// What decides whether a page can talk with it. Nil is what the provider does not say: then its default counts.
  public struct Service: Sendable, Equatable {
    /// Callers wait in a line while the agent is busy.
    public var queues: Bool
    /// Beyond the workspace's concurrency calls go on, at twice the price.
    public var bursts: Bool
    /// How many calls there are in a day.
    public var dailyCalls: Int64?
    /// What a client is sent, such as `audio`.
    public var clientEvents: [String]?
    /// Such as `pcm_16000`.
    public var inputFormat, outputFormat: String?
    /// The hosts whose pages may call; empty for any.
    public var origins: [String]
    /// What the post-call webhook tells, such as `transcript`.
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
  /// Nil for an agent that there is not.
  func settings(of agent: String) async throws(VoiceAgentError) -> AgentSettings?
}
