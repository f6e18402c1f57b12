import Application
import Domain
import Testing

@Suite("What lets people talk for nothing")
struct AuditAgentTests {
  private let audit = AuditAgent(longestTalk: .minutes(60), endsCalls: false)

  private func agent(
    authenticated: Bool = true, shareable: Bool = false, overridable: [String] = [], longest: TalkTime? = .minutes(60),
    monitored: Bool = false
  ) -> AgentSettings {
    AgentSettings(
      isAuthenticated: authenticated, hasShareableToken: shareable, overridable: overridable, longestCall: longest,
      isMonitored: monitored)
  }

  @Test("nothing, where all is as it should be")
  func safe() {
    #expect(audit(agent()) == [])
    #expect(audit(agent(overridable: ["agent.language", "agent.first_message", "tts.voice_id"])) == [])
  }

  @Test("each weakness by its name")
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

  @Test("that calls cannot be monitored counts where they are to be ended so")
  func monitored() {
    let audit = AuditAgent(longestTalk: .minutes(60), endsCalls: true)
    #expect(audit(agent()) == [.notMonitored] && audit(agent(monitored: true)) == [])
  }

  @Test("all of them at once, each in words")
  func all() {
    let found = audit(agent(authenticated: false, shareable: true, overridable: ["agent.prompt.llm"], longest: nil))
    #expect(found.count == 4 && Set(found.map(\.description)).count == 4)
  }
}
