import Application
import ElevenLabsAdapter
import HTTPTransport
import Logging
import Testing

@Suite("Deleting ElevenLabs' copy of a conversation")
struct ElevenLabsErasureTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))

  private func erase(_ id: String, _ status: Int) async throws -> [String] {
    try await CannedServer.with([.init(status: status, body: "{}")]) { server, url in
      let conversations = ElevenLabsConversations(http: http, baseURL: url, apiKey: "key")
      try await conversations.erase(id)
      return server.asked
    }
  }

  @Test("it is asked for by DELETE with the key, and one that is gone counts as deleted", arguments: [200, 404])
  func deletes(status: Int) async throws {
    let asked = try await erase("conv_1", status)
    #expect(asked.count == 1 && asked[0].hasPrefix("DELETE /v1/convai/conversations/conv_1 HTTP/1.1"))
    #expect(asked[0].lowercased().contains("xi-api-key: key"))
  }

  @Test(
    "a failure can be repeated, and a refusal is about our key or about the conversation",
    arguments: [
      (500, ConversationErasureError.unavailable), (429, .unavailable), (401, .keyRefused), (403, .keyRefused),
      (400, .conversationRefused), (422, .conversationRefused),
    ])
  func refused(status: Int, error: ConversationErasureError) async throws {
    await #expect(throws: error) { try await erase("conv_1", status) }
  }

  @Test("what is no id is not asked for", arguments: ["", "conv/1", "..", "conv_1?x"])
  func foreign(id: String) async throws {
    #expect(try await erase(id, 200).isEmpty)
  }
}
