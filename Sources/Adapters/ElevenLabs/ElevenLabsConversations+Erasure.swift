import Application
import HTTPTransport

extension ElevenLabsConversations: ConversationEraser {
  public func erase(_ conversation: String) async throws(ConversationErasureError) {
    guard ElevenLabsAPI.isIdentifier(conversation) else { return }
    try await api.delete("/v1/convai/conversations/\(conversation)", deadline: .seconds(10))
  }
}

extension ElevenLabsAPI {
  /// Succeeds for an object that ElevenLabs does not know.
  func delete(_ path: String, deadline: Duration) async throws(ConversationErasureError) {
    let response: HTTPClientResponse
    do {
      response = try await http.send(
        HTTPClientRequest(
          method: "DELETE", url: base + path, headers: [("xi-api-key", apiKey)],
          operation: "DELETE " + Self.operation(path).dropFirst("GET ".count)),
        deadline: deadline)
    } catch {
      throw .unavailable
    }
    switch response.status {
    case 200..<300, 404: return
    case 401, 403: throw .keyRefused
    case 400, 422: throw .conversationRefused
    default: throw .unavailable
    }
  }
}
