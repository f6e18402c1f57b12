import Application
import FoundationEssentials
import HTTPTransport

/// The part of ElevenLabs' HTTP API that is used here.
struct ElevenLabsAPI: Sendable {
  let http: any RequestSender
  let base: String
  let apiKey: String

  /// Nil if ElevenLabs does not know the object.
  func get<Answer: Decodable>(
    _ path: String, _ type: Answer.Type, deadline: Duration
  ) async throws(VoiceAgentError) -> Answer? {
    let response: HTTPClientResponse
    do {
      response = try await http.send(
        HTTPClientRequest(
          method: "GET", url: base + path, headers: [("xi-api-key", apiKey)], operation: Self.operation(path)),
        deadline: deadline,
        maximumBytes: 16 << 20)
    } catch {
      throw .unavailable
    }
    switch response.status {
    case 200:
      if let answer = try? JSONDecoder().decode(type, from: Data(response.body)) { return answer }
      // One half of a character in a transcript must not hide the rest of it.
      let text = Data(response.body.withoutLoneSurrogates)
      guard let answer = try? JSONDecoder().decode(type, from: text) else { throw .unavailable }
      return answer
    case 404: return nil
    case 400, 401, 403, 422: throw .refused
    default: throw .unavailable
    }
  }

  /// The operation of a path: `/v1/convai/conversations/conv_…` belongs to the conversations.
  static func operation(_ path: String) -> String {
    let words = path.prefix { $0 != "?" }.split(separator: "/").dropFirst(2)
    let kind = words.first.map(String.init) ?? ""
    return "GET " + (["conversations", "agents"].contains(kind) ? kind : words.joined(separator: "/"))
  }

  /// Whether the id may be used in a path, in a query and in the ledger.
  static func isIdentifier(_ id: some StringProtocol) -> Bool {
    (1...100).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
      }
  }
}
