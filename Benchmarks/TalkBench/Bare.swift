import ArgumentParser
import Hummingbird

/// The baseline: the same router and server with a handler that only sends the bytes of a beat's response.
struct Bare: AsyncParsableCommand {
  @Option var port = 0

  func run() async throws {
    let answer = ByteBuffer(
      string: #"{"state":"live","seq":1,"remaining_ms":599000,"charged_ms":1000,"valid_for_ms":10001,"final":false}"#)
    let router = Router()
    router.post("/sessions/:id/heartbeat") { _, _ in
      Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: answer))
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil))
    try await application.runService()
  }
}
