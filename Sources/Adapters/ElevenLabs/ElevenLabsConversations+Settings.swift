import Application
import Domain
import FoundationEssentials
import HTTPTransport

extension ElevenLabsConversations: AgentSettingsReader {
  private struct Settings: Decodable {
    struct Config: Decodable {
      struct Conversation: Decodable {
        let max_duration_seconds: Double?
        let monitoring_enabled: Bool?
        let client_events: [String]?
      }
      struct Listening: Decodable { let user_input_audio_format: String? }
      struct Speaking: Decodable { let agent_output_audio_format: String? }
      let conversation: Conversation?
      let asr: Listening?
      let tts: Speaking?
    }
    struct Platform: Decodable {
      struct Auth: Decodable {
        struct Origin: Decodable { let hostname: String }
        let enable_auth: Bool?
        let shareable_token: String?
        let allowlist: [LenientlyDecoded<Origin>]?
      }
      struct Limits: Decodable {
        let daily_limit: Double?
        let bursting_enabled: Bool?
      }
      struct Queueing: Decodable { let enabled: Bool? }
      struct Workspace: Decodable { let webhooks: Webhooks? }
      let auth: Auth?
      let overrides: Switches?
      let call_limits: Limits?
      let queueing_config: Queueing?
      let workspace_overrides: Workspace?
    }
    let conversation_config: Config?
    let platform_settings: Platform?
  }

  private struct Webhooks: Decodable {
    let post_call_webhook_id: String?
    let events: [String]?
    /// The former switch for sound, from before `audio` was one of the events.
    let send_audio: Bool?

    /// The events of the post-call webhook. Nil without a webhook, and if the events are not listed.
    var told: [String]? {
      guard post_call_webhook_id != nil else { return nil }
      guard send_audio == true else { return events }
      return (events ?? ["transcript"]) + ["audio"]
    }
  }

  /// The workspace's settings, for an agent that has none of its own.
  private struct Workspace: Decodable { let webhooks: Webhooks? }

  public func settings(of agent: String) async throws(VoiceAgentError) -> ReportedAgentSettings? {
    guard ElevenLabsAPI.isIdentifier(agent),
      let found = try await api.get("/v1/convai/agents/\(agent)", Settings.self, deadline: .seconds(10))
    else { return nil }
    let (platform, conversation) = (found.platform_settings, found.conversation_config?.conversation)
    var webhooks = platform?.workspace_overrides?.webhooks
    if webhooks?.post_call_webhook_id == nil {
      // A key that may read agents might not be allowed to read these settings.
      webhooks = (try? await api.get("/v1/convai/settings", Workspace.self, deadline: .seconds(10)))?.webhooks
    }
    return ReportedAgentSettings(
      isAuthenticated: platform?.auth?.enable_auth == true,
      hasShareableToken: platform?.auth?.shareable_token?.isEmpty == false,
      overridable: platform?.overrides?.on.sorted() ?? [],
      longestCall: conversation?.max_duration_seconds.map { TalkTime(callSeconds: $0) },
      isMonitored: conversation?.monitoring_enabled == true,
      service: ReportedAgentSettings.Service(
        queues: platform?.queueing_config?.enabled == true, bursts: platform?.call_limits?.bursting_enabled == true,
        dailyCalls: platform?.call_limits?.daily_limit.flatMap { Int64(exactly: $0) },
        clientEvents: conversation?.client_events,
        inputFormat: found.conversation_config?.asr?.user_input_audio_format,
        outputFormat: found.conversation_config?.tts?.agent_output_audio_format,
        origins: platform?.auth?.allowlist?.compactMap(\.value?.hostname) ?? [], webhookEvents: webhooks?.told))
  }
}

/// A tree of switches: the paths of the switches that are on, without the prefix that all share.
private struct Switches: Decodable {
  let on: [String]

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: Name.self) else {
      on = (try? decoder.singleValueContainer().decode(Bool.self)) == true ? [""] : []
      return
    }
    on = try container.allKeys.flatMap { key in
      try container.decode(Switches.self, forKey: key).on.map { rest in
        if key.stringValue == "conversation_config_override" { return rest }
        return rest.isEmpty ? key.stringValue : "\(key.stringValue).\(rest)"
      }
    }
  }
}

extension TalkTime {
  /// The seconds of a setting, which may be any number; a day stands for all that is longer.
  fileprivate init(callSeconds seconds: Double) {
    self = .milliseconds(Int64(clamping: min(max(0, seconds), 86_400) * 1_000))
  }
}
