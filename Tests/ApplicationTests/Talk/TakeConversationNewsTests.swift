import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

@Suite("What the provider tells after a call")
struct TakeConversationNewsTests {
  let world = TalkWorld()
  private let unread = Unread()

  private var take: TakeConversationNews { TakeConversationNews(conversations: world.books, unread: unread) }

  private func body(_ id: String, _ seconds: String, status: String = "done", at moment: Int = 1_700_000_100) -> [UInt8]
  {
    Array(
      """
      {"type":"post_call_transcription","event_timestamp":\(moment),"data":{"agent_id":"agent","conversation_id":"\(id)",
      "status":"\(status)","transcript":[{"role":"user","message":"Hello"}],"metadata":{"call_duration_secs":\(seconds)}}}
      """.utf8)
  }

  private func talked() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    try await world.settle.question(OverdueTalk(session: session, user: world.user, metered: .zero))
  }

  @Test("a duration is reckoned, and told again it has no second effect")
  func once() async throws {
    try await talked()
    #expect(try await take(body("conv_1", "75")) == .reckoned(.adjusted(.seconds(65))))
    #expect(try await take(body("conv_1", "75")) == .reckoned(.tolerated(.zero)))
    #expect(world.wallet.available == .seconds(525))
  }

  @Test("another duration makes the difference, and an older word none")
  func changed() async throws {
    try await talked()
    _ = try await take(body("conv_1", "75"))
    #expect(try await take(body("conv_1", "90.5", at: 1_700_000_200)) == .reckoned(.adjusted(.milliseconds(15_500))))
    #expect(try await take(body("conv_1", "75")) == .reckoned(.tolerated(.zero)))
    #expect(world.wallet.available == .milliseconds(509_500))
  }

  @Test("what is not ours, not over or without a duration is dropped")
  func dropped() async throws {
    try await talked()
    let others = [
      body("conv_other", "75"), body("conv_1", "75", status: "in-progress"), body("conv_1", "75", status: "new"),
      body("conv_1", "null"), Array(#"{"type":"post_call_audio","data":{"conversation_id":"conv_1"}}"#.utf8),
      Array(#"{"type":"post_call_transcription"}"#.utf8), Array(#"{"type":"x","data":{}}"#.utf8),
    ]
    for body in others { #expect(try await take(body) == .dropped) }
    #expect(world.wallet.available == .seconds(590) && unread.bodies.isEmpty)
  }

  @Test("what was signed and cannot be read is kept")
  func kept() async throws {
    for body in ["", "{", "[]", #"{"type":7}"#, #"{"type":"post_call_transcription","data":[]}"#] {
      #expect(try await take(Array(body.utf8)) == .unread)
    }
    #expect(unread.bodies.count == 5)
  }

  @Test("figures that no call has do no harm", arguments: ["1e300", "-5", "86401", "1e-9"])
  func figures(seconds: String) async throws {
    try await talked()
    _ = try await take(body("conv_1", seconds, at: 99_999_999_999_999))
    #expect(world.wallet.owed <= .seconds(86_400) && world.wallet.available <= .minutes(10))
  }

  @Test("while the books are away it is told so")
  func away() async throws {
    world.books.happen(at: .reckon, .fails)
    await #expect(throws: TalkBooksError.unavailable) { _ = try await take(body("conv_1", "75")) }
  }
}

private final class Unread: KeepsUnreadNews {
  private let kept = Mutex<[[UInt8]]>([])
  var bodies: [[UInt8]] { kept.withLock { $0 } }
  func keepUnread(_ body: [UInt8]) async throws(TalkBooksError) { kept.withLock { $0.append(body) } }
}
