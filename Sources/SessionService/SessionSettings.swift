import Domain
import Runtime

struct SessionSettings: Sendable {
  let common: CommonSettings
  let apiKey: String
  let agentID: String
  let baseURL: String
  let grace: TalkTime
  let longest: TalkTime
  let linkPort: Int

  init() throws {
    let reader = SettingsReader()
    common = CommonSettings(reader, service: "session")
    apiKey = reader.required("ELEVEN_API_KEY", secret: true)
    agentID = reader.required("AGENT_ID")
    baseURL = reader.baseURL("ELEVEN_BASE_URL", default: "https://api.elevenlabs.io")
    grace = reader.span("CREDIT_FAILURE_GRACE", default: .seconds(30))
    longest = reader.span("MAX_TALK", default: .minutes(60))
    linkPort = reader.port("SESSION_LINK_PORT")
    if common.isProduction, !baseURL.hasPrefix("https://") { reader.add("ELEVEN_BASE_URL is not https") }
    try reader.check()
  }
}
