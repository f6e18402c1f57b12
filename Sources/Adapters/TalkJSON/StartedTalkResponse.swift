import Application
import Domain
import FoundationEssentials

public struct StartedTalkResponse: Encodable {
  public let id: String
  let state = "starting"
  let connection: VoiceTransport
  /// One of the two is set, depending on the connection; none if the talk goes on in an open conversation.
  let signedURL, conversationToken: String?
  let conversationID: String
  let heartbeatInterval = HeartbeatResponse.interval
  let maximumGap = Meter.longestGap
  let remaining: Int64
  let createdAt: Date

  public init(_ talk: StartedTalk, createdAt: Date) {
    id = talk.id.text
    connection = talk.invitation.key.connection
    switch talk.isContinuation ? nil : talk.invitation.key {
    case nil: (signedURL, conversationToken) = (nil, nil)
    case .signedURL(let url): (signedURL, conversationToken) = (url, nil)
    case .conversationToken(let token): (signedURL, conversationToken) = (nil, token)
    }
    conversationID = talk.invitation.conversation
    remaining = talk.remaining.milliseconds
    self.createdAt = createdAt
  }

  enum CodingKeys: String, CodingKey {
    case id, state, connection, signedURL = "signed_url", conversationToken = "conversation_token"
    case conversationID = "conversation_id"
    case heartbeatInterval = "heartbeat_interval_ms", maximumGap = "max_gap_ms", remaining = "remaining_ms"
    case createdAt = "created_at"
  }
}
