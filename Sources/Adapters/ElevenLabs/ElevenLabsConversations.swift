import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// ElevenLabs' conversational agents: signed URLs that work once, tokens of WebRTC connections, and conversations with
/// their transcripts.
public struct ElevenLabsConversations: ConversationInviter, ConversationReader {
  let api: ElevenLabsAPI
  private let reading: Duration

  /// - Parameter reading: the time for reading a conversation with its transcript.
  public init(http: any RequestSender, baseURL: String, apiKey: String, reading: Duration = .seconds(10)) {
    api = ElevenLabsAPI(http: http, base: baseURL, apiKey: apiKey)
    self.reading = reading
  }

  public func invite(_ wish: ConversationRequest) async throws(VoiceAgentError) -> VoiceInvitation {
    guard ElevenLabsAPI.isIdentifier(wish.agent) else { throw .refused }
    switch wish.connection {
    case .websocket: return try await signedURL(wish.agent)
    case .webrtc: return try await token(wish.agent)
    }
  }

  /// With `include_conversation_id` the signature works once, and the conversation's id is known beforehand.
  private func signedURL(_ agent: String) async throws(VoiceAgentError) -> VoiceInvitation {
    struct Answer: Decodable {
      let signed_url: String
      let conversation_id: String?
    }
    let path = "/v1/convai/conversation/get-signed-url?agent_id=\(agent)&include_conversation_id=true"
    guard let answer = try await api.get(path, Answer.self, deadline: .seconds(5)),
      let conversation = answer.conversation_id ?? Self.conversation(in: answer.signed_url),
      ElevenLabsAPI.isIdentifier(conversation)
    else { throw .refused }
    return VoiceInvitation(signedURL: answer.signed_url, conversation: conversation)
  }

  /// The answer names the conversation. Otherwise the conversation's name is read from the token's room. Without either
  /// the talk could not be charged, so there is no invitation.
  private func token(_ agent: String) async throws(VoiceAgentError) -> VoiceInvitation {
    struct Answer: Decodable {
      let token: String
      let conversation_id: String?
    }
    let path = "/v1/convai/conversation/token?agent_id=\(agent)"
    guard let answer = try await api.get(path, Answer.self, deadline: .seconds(5)) else { throw .refused }
    guard let conversation = answer.conversation_id ?? RoomTokenClaims(answer.token)?.conversation,
      ElevenLabsAPI.isIdentifier(conversation)
    else { throw .unavailable }
    return VoiceInvitation(key: .conversationToken(answer.token), conversation: conversation)
  }

  public func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? {
    struct Answer: Decodable {
      struct Metadata: Decodable { let call_duration_secs: Double? }
      struct Line: Decodable {
        let role: String
        let message: String?
      }
      let status: String
      let metadata: LenientlyDecoded<Metadata>?
      let transcript: [LenientlyDecoded<Line>]?
    }
    guard ElevenLabsAPI.isIdentifier(id) else { return nil }
    guard let answer = try await api.get("/v1/convai/conversations/\(id)", Answer.self, deadline: reading) else {
      return nil
    }
    let seconds = answer.metadata?.value?.call_duration_secs
    let duration = seconds.flatMap { ReportedDuration.time(ofSeconds: $0) }
    // An unknown state is neither a call that goes on nor one whose transcript is complete.
    return Conversation(
      id: id, state: ConversationState(rawValue: answer.status) ?? .processing,
      duration: duration, hasImpossibleDuration: seconds != nil && duration == nil,
      transcript: Transcript(
        lines: (answer.transcript ?? []).compactMap(\.value).compactMap { line in
          Transcript.Role(rawValue: line.role).map { Transcript.Line(role: $0, text: line.message ?? "") }
        }))
  }

  private static func conversation(in url: String) -> String? {
    url.split(separator: "?").last?.split(separator: "&").first { $0.hasPrefix("conversation_id=") }
      .map { String($0.dropFirst(16)) }
  }
}
