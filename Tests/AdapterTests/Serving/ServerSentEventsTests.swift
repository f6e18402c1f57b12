import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("An event stream")
struct ServerSentEventsTests {
  private func text(_ event: ServerSentEvent) -> String {
    var buffer = ByteBuffer()
    event.write(into: &buffer)
    return String(buffer: buffer)
  }

  @Test("an event is its fields and an empty line")
  func fields() {
    #expect(text(ServerSentEvent(id: 7, name: "low", data: "{}")) == "id: 7\nevent: low\ndata: {}\n\n")
    #expect(text(ServerSentEvent(comment: "leaving", retry: 100)) == ": leaving\nretry: 100\n\n")
  }

  @Test("a value never adds a field of its own", arguments: ["\n", "\r", "\r\n"])
  func breaks(lineBreak: String) {
    #expect(text(ServerSentEvent(data: "a\(lineBreak)id: 1")) == "data: a\ndata: id: 1\n\n")
    #expect(text(ServerSentEvent(comment: "a\(lineBreak)\(lineBreak)b")) == ": a\n: \n: b\n\n")
  }

  @Test("the answer is not cached and not buffered by a proxy")
  func answer() async throws {
    let router = Serving.router()
    router.get("/events") { _, _ in
      eventStream { writer in
        for id in Int64(1)...2 { try await writer.send(ServerSentEvent(id: id)) }
      }
    }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    try await application.test(.router) { client in
      let response = try await client.execute(uri: "/events", method: .get)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "text/event-stream")
      #expect(response.headers[.cacheControl] == "no-cache, no-store, no-transform")
      #expect(response.headers[.contentLength] == nil)
      #expect(String(buffer: response.body) == "id: 1\n\nid: 2\n\n")
    }
  }
}
