import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

@Suite("What the provider tells after a call")
struct HandleConversationWebhookTests {
  let world = TalkWorld()
  private let unparsed = Unread()

  /// The body in pieces, as it arrives over the network.
  private func take(_ body: [UInt8]) async throws -> ConversationWebhookResult {
    let take = HandleConversationWebhook(
      conversations: world.ledger, unparsed: unparsed,
      endTalks: EndAbandonedTalks(live: world.live, conversations: world.ledger))
    var reader = ConversationWebhookReader()
    var rest = body[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...40))
      piece.withUnsafeBytes { reader.read($0) }
      rest = rest.dropFirst(piece.count)
    }
    return try await take(reader, beginning: Array(body.prefix(64)))
  }

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
    #expect(try await take(body("conv_1", "75")) == .reconciled(.adjusted(.seconds(65))))
    #expect(try await take(body("conv_1", "75")) == .reconciled(.tolerated(.zero)))
    #expect(world.wallet.available == .seconds(525))
  }

  @Test("another duration makes the difference, and an older word none")
  func changed() async throws {
    try await talked()
    _ = try await take(body("conv_1", "75"))
    #expect(try await take(body("conv_1", "90.5", at: 1_700_000_200)) == .reconciled(.adjusted(.milliseconds(15_500))))
    #expect(try await take(body("conv_1", "75")) == .reconciled(.tolerated(.zero)))
    #expect(world.wallet.available == .milliseconds(509_500))
  }

  @Test("a talk that still beats ends with it, charged to its last beat and then for what the provider says")
  func stillBeats() async throws {
    let session = try await world.talking(for: .seconds(20))
    world.live.advance(.seconds(3))
    #expect(try await take(body("conv_1", "8")) == .reconciled(.waiting))
    let ended = try #require(world.live.ended.first)
    #expect(ended.sessionID == session && ended.endReason == .agentEnded && ended.charged == .seconds(20))
    guard case .ended = try await world.live.beat(world.heartbeat(session)) else {
      Issue.record("it beats on")
      return
    }
    try await world.settle(ended)
    #expect(try await world.ledger.reconcile("conv_1", reported: nil) == .adjusted(.seconds(-12)))
    #expect(world.wallet.available == .seconds(592) && world.wallet.held == .zero)
    #expect(try await take(body("conv_1", "8")) == .reconciled(.tolerated(.zero)))
  }

  @Test("news that the call is over ends its talk though it has no duration yet", arguments: ["processing", "failed"])
  func withoutDuration(status: String) async throws {
    _ = try await world.talking(for: .seconds(10))
    #expect(try await take(body("conv_1", "null", status: status)) == .ended)
    #expect(world.live.ended.map(\.endReason) == [.agentEnded])
    #expect(world.ledger.duration(of: "conv_1") == nil)
  }

  @Test("news of another call, or of one that goes on, ends nobody's talk")
  func anothersTalk() async throws {
    let other = TalkWorld()
    let session = try await world.talking(for: .seconds(5))
    _ = try await other.talking(for: .seconds(5))
    _ = try await take(body("conv_2", "5"))
    _ = try await take(body("conv_1", "5", status: "in-progress"))
    _ = try await take(body("conv_1", "5", status: "initiated"))
    #expect(try await world.beat(session).state == .live)
    #expect(other.live.ended.isEmpty)
  }

  @Test("of a user who talks on in another conversation nothing ends")
  func tookOver() async throws {
    _ = try await world.talking(for: .seconds(5))
    world.agent.become(.done, "conv_1", duration: .seconds(5))
    let second = try await world.started(takeOver: true)
    try await world.beat(second.id)
    #expect(second.invitation.conversation == "conv_2")
    _ = try await take(body("conv_1", "6"))
    #expect(try await world.beat(second.id).state == .live)
    _ = try await take(body("conv_2", "1"))
    #expect(world.live.ended.map(\.endReason) == [.takenOver, .agentEnded])
  }

  @Test("where the store of live talks is away, the duration is kept, and the look that is due ends the talk")
  func storeAway() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.happen(at: .hangUp, .fails)
    #expect(try await take(body("conv_1", "10")) == .reconciled(.waiting))
    await #expect(throws: TalkLedgerError.unavailable) {
      _ = try await take(body("conv_1", "null", status: "processing"))
    }
    let review = ReviewConversation(
      agents: world.agent, conversations: world.ledger, control: nil,
      endTalks: EndAbandonedTalks(live: world.live, conversations: world.ledger))
    for isAway in [true, false] {
      if !isAway { world.live.happen(at: .hangUp, nil) }
      world.ledger.advance(.seconds(5))
      let due = try #require(try await world.ledger.claimDue(limit: 10).first)
      #expect(try await review(due) == .talkedOn)
      #expect(try await world.live.read(session)?.state == (isAway ? .live : .ended))
    }
    try await world.settle(try #require(world.live.ended.first))
    let settled = try #require(try await world.ledger.claimDue(limit: 10).first)
    #expect(try await review(settled) == .reconciled(.tolerated(.zero)))
  }

  @Test("what is not ours, not over or without a duration is dropped")
  func dropped() async throws {
    try await talked()
    let others = [
      body("conv_other", "75"), body("conv_1", "75", status: "in-progress"), body("conv_1", "75", status: "new"),
      body("conv_1", "null"), Array(#"{"type":"post_call_audio","data":{"conversation_id":"conv_1"}}"#.utf8),
      Array(#"{"type":"post_call_transcription"}"#.utf8), Array(#"{"type":"x","data":{}}"#.utf8),
      Array(#"{"type":"call_initiation_failure","data":{"conversation_id":"conv_1"}}"#.utf8),
      Array(#"{"type":"call_initiation_failure","data":{"conversation_id":"conv_1","metadata":null}}"#.utf8),
      Array(#"{"type":"\#(String(repeating: "x", count: 1_000))","data":[1,2]}"#.utf8),
    ]
    for body in others { #expect(try await take(body) == .dropped) }
    #expect(world.wallet.available == .seconds(590) && unparsed.bodies.isEmpty)
  }

  @Test("what was signed and cannot be read is kept")
  func kept() async throws {
    for body in ["", "{", "[]", #"{"type":7}"#, #"{"type":"post_call_transcription","data":[]}"#] {
      #expect(try await take(Array(body.utf8)) == .unparsed)
    }
    #expect(unparsed.bodies.count == 5)
  }

  @Test("figures that no call has do no harm", arguments: ["1e300", "-5", "86401", "1e-9"])
  func figures(seconds: String) async throws {
    try await talked()
    _ = try await take(body("conv_1", seconds, at: 99_999_999_999_999))
    #expect(world.wallet.owed <= .seconds(86_400) && world.wallet.available <= .minutes(10))
  }

  @Test("while the books are away it is told so")
  func away() async throws {
    for step in [InMemoryTalkLedger.Step.reconcile, .unsettledTalks] {
      world.ledger.happen(at: step, .fails)
      await #expect(throws: TalkLedgerError.unavailable) { _ = try await take(body("conv_1", "75")) }
      world.ledger.happen(at: step, nil)
    }
  }
}

private final class Unread: UnparsedWebhookStore {
  private let kept = Mutex<[[UInt8]]>([])
  var bodies: [[UInt8]] { kept.withLock { $0 } }
  func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError) { kept.withLock { $0.append(body) } }
}
