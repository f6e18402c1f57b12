import Application
import Domain
import ElevenLabsAdapter
import Foundation
import HTTPTransport
import Runtime

/// Reads each agent and reports settings with which users could talk for free.
struct DoctorAgentsCheck: Sendable {
  let http: HTTPTransport

  func findings() async -> [Finding] {
    let reader = SettingsReader()
    guard let standard = reader.optional("AGENT_ID"), let key = reader.optional("ELEVEN_API_KEY", secret: true) else {
      return []
    }
    let agents = ElevenLabsConversations(
      http: http, baseURL: reader.baseURL("ELEVEN_BASE_URL", default: "https://api.elevenlabs.io"), apiKey: key)
    let audit = CheckAgentSettings(
      longestTalk: reader.span("MAX_TALK", default: .minutes(60)),
      endsCalls: reader.optional("ELEVEN_CONTROL") == "monitor",
      host: reader.optional("PUBLIC_URL").flatMap { URLComponents(string: $0)?.host })
    var found: [Finding] = []
    for agent in AllowedAgents(standard: standard, more: reader.optional("AGENT_IDS")).all {
      found += await findings(of: agent, agents, audit)
    }
    return found
  }

  private func findings(of agent: String, _ agents: ElevenLabsConversations, _ audit: CheckAgentSettings) async
    -> [Finding]
  {
    let area = "agent \(agent)"
    do throws(VoiceAgentError) {
      guard let settings = try await agents.settings(of: agent) else {
        return [.problem(area, "ElevenLabs knows no such agent")]
      }
      let weaknesses = audit(settings)
      return weaknesses.isEmpty
        ? [.ok(area, "nobody talks with it for nothing")]
        : weaknesses.map { $0.isMinor ? .warning(area, $0.description) : .problem(area, $0.description) }
    } catch {
      return [.problem(area, error == .refused ? "ElevenLabs refuses ELEVEN_API_KEY" : "ElevenLabs cannot be reached")]
    }
  }
}
