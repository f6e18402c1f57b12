import Application
import Domain
import FoundationEssentials
import HTTPServing

struct ReasonRequest: Decodable { let reason: String }

/// Of an end by its owner there is no body; an operator gives a reason.
struct EndTalkRequest: Decodable {
  /// Why an operator ends somebody's talk.
  let reason: String?
  /// Who left, where it was not the talk's owner.
  let cause: String?
}

struct ListedTalkResponse: Encodable {
  let id, user, state: String
  let agent, conversation: String?
  let connectedAt: Date?
  let silence: Int64?
  let remaining, charged, validFor, beats: Int64

  init(_ listed: ListedTalk) {
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

struct EndedTalkResponse: Encodable {
  let id: String
  let ended: EndedResponse

  init(_ session: SessionID, _ ended: EndedTalk) {
    id = session.text
    self.ended = EndedResponse(ended)
  }

  enum CodingKeys: String, CodingKey { case id }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try ended.encode(to: encoder)
  }
}

struct DrainResponse: Encodable {
  let draining: Bool
  let reason: String?
  let since: Date?

  init(_ order: DrainRequest?) {
    draining = order != nil
    reason = order?.reason
    since = order?.since
  }
}
