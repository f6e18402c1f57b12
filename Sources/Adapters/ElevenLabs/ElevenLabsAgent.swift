import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// ElevenLabs' conversational agents: signed URLs that work once, and conversations with their transcript.
public struct ElevenLabsAgent: InvitesToTalk, ReadsConversations {
  private let http: HTTPTransport
  private let base: String
  private let apiKey: String

  public init(http: HTTPTransport, baseURL: String, apiKey: String) {
    self.http = http
    base = baseURL
    self.apiKey = apiKey
  }

  /// With `include_conversation_id` the signature works once, and the conversation's id is known beforehand.
  public func invite(agent: String) async throws(VoiceAgentError) -> VoiceInvitation {
    struct Answer: Decodable {
      let signed_url: String
      let conversation_id: String?
    }
    guard Self.isIdentifier(agent) else { throw .refused }
    let path = "/v1/convai/conversation/get-signed-url?agent_id=\(agent)&include_conversation_id=true"
    guard let answer = try await get(path, Answer.self, deadline: .seconds(5)),
      let conversation = answer.conversation_id ?? Self.conversation(in: answer.signed_url)
    else { throw .refused }
    return VoiceInvitation(signedURL: answer.signed_url, conversation: conversation)
  }

  public func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? {
    struct Answer: Decodable {
      struct Metadata: Decodable { let call_duration_secs: Double? }
      struct Line: Decodable {
        let role: String
        let message: String?
      }
      let status: String
      let metadata: Metadata?
      let transcript: [Line]?
    }
    guard Self.isIdentifier(id) else { return nil }
    guard let answer = try await get("/v1/convai/conversations/\(id)", Answer.self, deadline: .seconds(10)) else {
      return nil
    }
    let seconds = answer.metadata?.call_duration_secs ?? 0
    // A state that is new to us is neither a call that goes on nor one whose transcript is complete.
    return Conversation(
      id: id, state: ConversationState(rawValue: answer.status) ?? .processing,
      duration: .milliseconds(Int64((max(0, min(seconds, 86_400)) * 1_000).rounded())),
      transcript: Transcript(
        lines: (answer.transcript ?? []).compactMap { line in
          Transcript.Role(rawValue: line.role).map { Transcript.Line(role: $0, text: line.message ?? "") }
        }))
  }

  private func get<Answer: Decodable>(
    _ path: String, _ type: Answer.Type, deadline: Duration
  ) async throws(VoiceAgentError) -> Answer? {
    let response: InboundResponse
    do {
      response = try await http.send(
        OutboundRequest(method: "GET", url: base + path, headers: [("xi-api-key", apiKey)]), deadline: deadline,
        maximumBytes: 16 << 20)
    } catch {
      throw .unavailable
    }
    switch response.status {
    case 200:
      guard let answer = try? JSONDecoder().decode(type, from: Data(response.body)) else { throw .unavailable }
      return answer
    case 404: return nil
    case 400, 401, 403, 422: throw .refused
    default: throw .unavailable
    }
  }

  private static func conversation(in url: String) -> String? {
    url.split(separator: "?").last?.split(separator: "&").first { $0.hasPrefix("conversation_id=") }
      .map { String($0.dropFirst(16)) }
  }

  private static func isIdentifier(_ id: String) -> Bool {
    (1...100).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
      }
  }
}
