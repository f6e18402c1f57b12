import Application
import Domain
import Testing

@Suite("Weaknesses of an agent's settings")
struct CheckAgentSettingsTests {
  private let audit = CheckAgentSettings(longestTalk: .minutes(60), endsCalls: false)

  private func agent(
    authenticated: Bool = true, shareable: Bool = false, overridable: [String] = [], longest: TalkTime? = .minutes(60),
    monitored: Bool = false, service: ReportedAgentSettings.Service = ReportedAgentSettings.Service()
  ) -> ReportedAgentSettings {
    ReportedAgentSettings(
      isAuthenticated: authenticated, hasShareableToken: shareable, overridable: overridable, longestCall: longest,
      isMonitored: monitored, service: service)
  }

  @Test("an agent with the right settings has no weakness")
  func safe() {
    #expect(audit(agent()) == [])
    #expect(audit(agent(overridable: ["agent.language", "agent.first_message", "tts.voice_id"])) == [])
  }

  @Test("each weakness is named")
  func weak() {
    #expect(audit(agent(authenticated: false)) == [.noAuthentication])
    #expect(audit(agent(shareable: true)) == [.shareableToken])
    for name in [
      "agent.prompt.llm", "agent.prompt.prompt", "conversation.max_duration_seconds", "custom_llm_extra_body",
    ] {
      #expect(audit(agent(overridable: [name])) == [.overridable(name)])
    }
    for longest: TalkTime? in [nil, .zero, .seconds(-1)] { #expect(audit(agent(longest: longest)) == [.endless]) }
    let long = TalkTime.minutes(60) + .seconds(1)
    #expect(audit(agent(longest: long)) == [.longerThanTalks(call: long, talk: .minutes(60))])
  }

  @Test("calls that cannot be monitored count if they are to be ended by us")
  func monitored() {
    let audit = CheckAgentSettings(longestTalk: .minutes(60), endsCalls: true)
    #expect(audit(agent()) == [.notMonitored] && audit(agent(monitored: true)) == [])
  }

  @Test("settings that prevent calls, or cost more than is charged, are weaknesses")
  func service() {
    let audit = CheckAgentSettings(longestTalk: .minutes(60), endsCalls: false, host: "talk.example")
    func found(_ change: (inout ReportedAgentSettings.Service) -> Void) -> [AgentSettingWeakness] {
      var service = ReportedAgentSettings.Service(
        dailyCalls: 100_000, clientEvents: ["audio", "interruption", "user_transcript", "agent_response", "ping"],
        inputFormat: "pcm_16000", outputFormat: "pcm_48000", origins: ["other.example", "TALK.example:443"],
        webhookEvents: ["transcript"])
      change(&service)
      return audit(agent(service: service))
    }
    #expect(found { _ in } == [])
    #expect(found { $0 = ReportedAgentSettings.Service() } == [] && found { $0.dailyCalls = -1 } == [])
    #expect(found { $0.queues = true } == [.queues] && found { $0.bursts = true } == [.bursts])
    #expect(found { $0.dailyCalls = 20 } == [.fewCalls(20)] && found { $0.dailyCalls = 0 } == [.fewCalls(0)])
    #expect(
      found { $0.clientEvents = ["audio", "agent_response"] } == [.withoutEvents(["interruption", "user_transcript"])])
    #expect(found { $0.outputFormat = "ulaw_8000" } == [.unplayable("ulaw_8000")])
    #expect(found { $0.inputFormat = "ulaw_8000" } == [.unheard("ulaw_8000")])
    #expect(found { $0.origins = ["other.example"] } == [.originNotAllowed("talk.example")])
    #expect(found { $0.webhookEvents = ["transcript", "audio"] } == [.tellsSound])
    #expect(found { $0.webhookEvents = ["call_initiation_failure"] } == [.tellsNoTranscript])
    #expect(found { $0.webhookEvents = ["unredacted_audio"] } == [.tellsSound, .tellsNoTranscript])
    #expect(!AgentSettingWeakness.queues.isMinor && AgentSettingWeakness.tellsSound.isMinor)
  }

  @Test("all weaknesses are listed at once, each in words")
  func all() {
    let found = audit(agent(authenticated: false, shareable: true, overridable: ["agent.prompt.llm"], longest: nil))
    #expect(found.count == 4 && Set(found.map(\.description)).count == 4)
  }
}
