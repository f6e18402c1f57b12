import Application
import Domain
import FoundationEssentials

extension ElevenLabsAgent: ReadsAgents {
  private struct Settings: Decodable {
    struct Config: Decodable {
      struct Conversation: Decodable {
        let max_duration_seconds: Double?
        let monitoring_enabled: Bool?
      }
      let conversation: Conversation?
    }
    struct Platform: Decodable {
      struct Auth: Decodable {
        let enable_auth: Bool?
        let shareable_token: String?
      }
      let auth: Auth?
      let overrides: Switches?
    }
    let conversation_config: Config?
    let platform_settings: Platform?
  }

  public func settings(of agent: String) async throws(VoiceAgentError) -> AgentSettings? {
    guard ElevenLabsAPI.isIdentifier(agent),
      let found = try await api.get("/v1/convai/agents/\(agent)", Settings.self, deadline: .seconds(10))
    else { return nil }
    let (platform, conversation) = (found.platform_settings, found.conversation_config?.conversation)
    return AgentSettings(
      isAuthenticated: platform?.auth?.enable_auth == true,
      hasShareableToken: platform?.auth?.shareable_token?.isEmpty == false,
      overridable: platform?.overrides?.on.sorted() ?? [],
      longestCall: conversation?.max_duration_seconds.map { TalkTime(callSeconds: $0) },
      isMonitored: conversation?.monitoring_enabled == true)
  }
}

/// A tree of switches: the paths of those that are on, without what all have in common.
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
