/// The agents and their settings, which a control request can change.
actor Agents {
  private var settings: [String: JSON]

  /// - Parameter ids: the existing agents; all begin with settings that allow no free talk.
  init(ids: [String]) {
    settings = Dictionary(uniqueKeysWithValues: Set(ids).map { ($0, Self.safe($0)) })
  }

  func agent(_ id: String) -> JSON? { settings[id] }

  /// Merges the body into the agent's settings; with `reset` it starts from the initial settings.
  func change(_ id: String, _ body: JSON) -> JSON {
    let before = body["reset"]?.bool == true ? nil : settings[id]
    var after = (before ?? Self.safe(id)).merged(with: body)
    if case .object(var members) = after {
      members["reset"] = nil
      after = .object(members)
    }
    settings[id] = after
    return after
  }

  func isMonitored(_ id: String) -> Bool {
    settings[id]?["conversation_config"]?["conversation"]?["monitoring_enabled"]?.bool == true
  }

  private static func safe(_ id: String) -> JSON {
    [
      "agent_id": .string(id), "name": "Sandbox agent",
      "conversation_config": [
        "conversation": [
          "max_duration_seconds": 3_600, "monitoring_enabled": true, "text_only": false,
          "client_events": [
            "conversation_initiation_metadata", "ping", "audio", "interruption", "user_transcript", "agent_response",
            "agent_response_correction",
          ],
        ],
        "asr": ["user_input_audio_format": "pcm_16000"], "tts": ["agent_output_audio_format": "pcm_16000"],
      ],
      "platform_settings": [
        "auth": [
          "enable_auth": true, "allowlist": [], "require_origin_header": false, "shareable_token": .null,
        ],
        "overrides": [:],
        "call_limits": ["agent_concurrency_limit": -1, "daily_limit": 100_000, "bursting_enabled": false],
        "queueing_config": ["enabled": false],
        "workspace_overrides": ["webhooks": ["post_call_webhook_id": "wh_sandbox", "events": ["transcript"]]],
      ],
    ]
  }
}
