import Application
import Domain
import FoundationEssentials

public struct ListedLiveTalkResponse: Encodable {
  let id, user, state: String
  let agent, conversation: String?
  let connectedAt: Date?
  let silence: Int64?
  let remaining, charged, validFor, beats: Int64

  public init(_ listed: ListedLiveTalk) {
    let talk = listed.talk
    id = talk.id.text
    user = talk.user.description
    state = talk.state.word
    agent = listed.names?.agent
    conversation = listed.names?.conversation
    connectedAt = listed.connectedAt
    silence = listed.silence?.milliseconds
    remaining = talk.remaining.milliseconds
    charged = talk.charged.milliseconds
    validFor = talk.validFor.milliseconds
    beats = talk.beats
  }

  enum CodingKeys: String, CodingKey {
    case id, user = "user_id", state, agent = "agent_id", conversation = "conversation_id"
    case connectedAt = "connected_at", silence = "last_beat_age_ms", remaining = "remaining_ms"
    case charged = "charged_ms", validFor = "valid_for_ms", beats
  }
}
