import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

@Suite("The provider's webhooks after a call")
struct HandleConversationWebhookTests {
  let world = TalkWorld()
  private let unparsed = Unread()

  private func take(_ notification: ConversationNotification) async throws -> ConversationWebhookResult {
    let take = HandleConversationWebhook(
      conversations: world.ledger, unparsed: unparsed,
      endTalks: EndTalksOfFinishedConversation(live: world.live, checks: world.ledger))
    return try await take(notification, beginning: [0x7B])
  }

  private func call(
    _ id: String, _ duration: TalkTime?, _ state: ConversationState? = .done, at moment: Double = 1_700_000_100
  ) -> ConversationNotification {
    .call(
      ConversationNotification.Call(
        id: id, state: state, duration: duration, told: Date(timeIntervalSince1970: moment)))
  }

  private func talked() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    try await world.settle.question(UnsettledTalk(session: session, user: world.user, metered: .zero))
  }

  @Test("a duration is reconciled, and a repeat has no second effect")
  func once() async throws {
    try await talked()
    #expect(try await take(call("conv_1", .seconds(75))) == .reconciled(.adjusted(.seconds(65))))
    #expect(try await take(call("conv_1", .seconds(75))) == .reconciled(.tolerated(.zero)))
    #expect(world.wallet.available == .seconds(525))
  }

  @Test("another duration is adjusted by the difference, and an older report is ignored")
  func changed() async throws {
    try await talked()
    _ = try await take(call("conv_1", .seconds(75)))
    #expect(
      try await take(call("conv_1", .milliseconds(90_500), at: 1_700_000_200))
        == .reconciled(.adjusted(.milliseconds(15_500))))
    #expect(try await take(call("conv_1", .seconds(75))) == .reconciled(.tolerated(.zero)))
    #expect(world.wallet.available == .milliseconds(509_500))
  }

  @Test("a talk that still beats ends with its call, charged to its last beat and then for the reported duration")
  func stillBeats() async throws {
    let session = try await world.talking(for: .seconds(20))
    world.live.advance(.seconds(3))
    #expect(try await take(call("conv_1", .seconds(8))) == .reconciled(.waiting))
    let ended = try #require(world.live.ended.first)
    #expect(ended.sessionID == session && ended.endReason == .agentEnded && ended.charged == .seconds(20))
    guard case .ended = try await world.live.beat(world.heartbeat(session)) else {
      Issue.record("it beats on")
      return
    }
    try await world.settle(ended)
    #expect(try await world.ledger.reconcile("conv_1", reported: nil) == .adjusted(.seconds(-12)))
    #expect(world.wallet.available == .seconds(592) && world.wallet.held == .zero)
    #expect(try await take(call("conv_1", .seconds(8))) == .reconciled(.tolerated(.zero)))
  }

  @Test(
    "a report of the call's end ends its talk though it has no duration yet",
    arguments: [ConversationState.processing, .failed])
  func withoutDuration(status: ConversationState) async throws {
    _ = try await world.talking(for: .seconds(10))
    #expect(try await take(call("conv_1", nil, status)) == .ended)
    #expect(world.live.ended.map(\.endReason) == [.agentEnded])
    #expect(world.ledger.duration(of: "conv_1") == nil)
  }

  @Test("a duration that no call can have is not charged, and the talk ends all the same")
  func impossibleDuration() async throws {
    _ = try await world.talking(for: .seconds(10))
    let report = ConversationNotification.Call(
      id: "conv_1", state: .done, duration: nil, hasImpossibleDuration: true, told: nil)
    #expect(try await take(.call(report)) == .impossibleDuration)
    #expect(world.live.ended.map(\.endReason) == [.agentEnded])
    #expect(world.ledger.duration(of: "conv_1") == nil)
    try await world.settle(try #require(world.live.ended.first))
    #expect(world.wallet.available == .seconds(590) && world.wallet.owed == .zero)
    #expect(try await take(call("conv_1", .seconds(12))) == .reconciled(.tolerated(.seconds(2))))
  }

  @Test("an impossible duration is told of a conversation whose talk is settled, and not of one that is not ours")
  func impossibleDurationOfOthers() async throws {
    try await talked()
    func report(_ id: String) -> ConversationNotification {
      .call(
        ConversationNotification.Call(id: id, state: .done, duration: nil, hasImpossibleDuration: true, told: nil))
    }
    #expect(try await take(report("conv_1")) == .impossibleDuration)
    #expect(try await take(report("conv_9")) == .dropped)
  }

  @Test("each report of a call that is over is told to the other services, and no other report")
  func announced() async throws {
    try await talked()
    _ = try await take(call("conv_1", .seconds(75), .inProgress))
    _ = try await take(call("conv_1", nil, .processing))
    _ = try await take(call("conv_9", .seconds(75)))
    #expect(world.ledger.announced == [])
    _ = try await take(call("conv_1", .seconds(75)))
    _ = try await take(call("conv_1", .seconds(75)))
    #expect(world.ledger.announced == ["conv_1", "conv_1"])
    world.ledger.happen(at: .announceReport, .fails)
    await #expect(throws: TalkLedgerError.unavailable) { _ = try await take(call("conv_1", .seconds(75))) }
  }

  @Test("a report of another call, or of one that goes on, ends no talk")
  func anothersTalk() async throws {
    let other = TalkWorld()
    let session = try await world.talking(for: .seconds(5))
    _ = try await other.talking(for: .seconds(5))
    _ = try await take(call("conv_2", .seconds(5)))
    _ = try await take(call("conv_1", .seconds(5), .inProgress))
    _ = try await take(call("conv_1", .seconds(5), .initiated))
    #expect(try await world.beat(session).state == .live)
    #expect(other.live.ended.isEmpty)
  }

  @Test("a report ends no talk of the user in another conversation")
  func tookOver() async throws {
    _ = try await world.talking(for: .seconds(5))
    world.agent.become(.done, "conv_1", duration: .seconds(5))
    let second = try await world.started(takeOver: true)
    try await world.beat(second.id)
    #expect(second.invitation.conversation == "conv_2")
    _ = try await take(call("conv_1", .seconds(6)))
    #expect(try await world.beat(second.id).state == .live)
    _ = try await take(call("conv_2", .seconds(1)))
    #expect(world.live.ended.map(\.endReason) == [.takenOver, .agentEnded])
  }

  @Test("while the live talks' store is away the duration is stored, and the next check ends the talk")
  func storeAway() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.happen(at: .hangUp, .fails)
    #expect(try await take(call("conv_1", .seconds(10))) == .reconciled(.waiting))
    await #expect(throws: TalkLedgerError.unavailable) {
      _ = try await take(call("conv_1", nil, .processing))
    }
    let check = CheckConversationDuration(
      agents: world.agent, conversations: world.ledger, queue: world.ledger, control: nil,
      endTalks: EndTalksOfFinishedConversation(live: world.live, checks: world.ledger))
    for isAway in [true, false] {
      if !isAway { world.live.happen(at: .hangUp, nil) }
      world.ledger.advance(.seconds(5))
      let due = try #require(try await world.ledger.claimDue(limit: 10).first)
      #expect(try await check(due) == .talkedOn)
      #expect(try await world.live.read(session)?.state == (isAway ? .live : .ended))
    }
    try await world.settle(try #require(world.live.ended.first))
    let settled = try #require(try await world.ledger.claimDue(limit: 10).first)
    #expect(try await check(settled) == .reconciled(.tolerated(.zero)))
  }

  @Test("a webhook of an unknown call, of one that is not over, or without a duration is dropped")
  func dropped() async throws {
    try await talked()
    let others = [
      call("conv_other", .seconds(75)), call("conv_1", .seconds(75), .inProgress), call("conv_1", nil), .nothing,
    ]
    for other in others { #expect(try await take(other) == .dropped) }
    #expect(world.wallet.available == .seconds(590) && unparsed.bodies.isEmpty)
  }

  @Test("a signed webhook that cannot be read is kept")
  func kept() async throws {
    #expect(try await take(.unreadable) == .unparsed)
    #expect(unparsed.bodies == [[0x7B]])
  }

  @Test("while the ledger is down the sender gets an error")
  func away() async throws {
    for step in [InMemoryTalkLedger.Step.reconcile, .unsettledTalks] {
      world.ledger.happen(at: step, .fails)
      await #expect(throws: TalkLedgerError.unavailable) { _ = try await take(call("conv_1", .seconds(75))) }
      world.ledger.happen(at: step, nil)
    }
  }
}

private final class Unread: UnparsedConversationWebhookStore {
  private let kept = Mutex<[[UInt8]]>([])
  var bodies: [[UInt8]] { kept.withLock { $0 } }
  func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError) { kept.withLock { $0.append(body) } }
}
