import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("A duration check")
struct CheckConversationDurationTests {
  let world = TalkWorld()

  private func useCase(_ isControlled: Bool = false) -> CheckConversationDuration {
    CheckConversationDuration(
      agents: world.agent, conversations: world.ledger, queue: world.ledger, control: isControlled ? world.agent : nil,
      endTalks: EndTalksOfFinishedConversation(live: world.live, checks: world.ledger))
  }

  /// A settled talk of the given length.
  private func talked(for time: TalkTime, in world: TalkWorld) async throws -> SessionID {
    let session = try await world.talking(for: time)
    world.live.advance(.seconds(11))
    try await world.settle.question(UnsettledTalk(session: session, user: world.user, metered: .zero))
    return session
  }

  /// The result of the next check; nil if none is due.
  private func look(controlled: Bool = false) async throws -> DurationCheckOutcome? {
    guard let due = try await world.ledger.claimDue(limit: 10).first else { return nil }
    return try await useCase(controlled)(due)
  }

  @Test("no check is made while the talk goes on, and with its settlement the first one is due")
  func settled() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.ledger.advance(.minutes(30))
    #expect(try await look() == nil && world.agent.reads == 0)
    world.live.advance(.seconds(11))
    try await world.settle.question(UnsettledTalk(session: session, user: world.user, metered: .zero))
    world.agent.become(.done, "conv_1", duration: .seconds(12))
    #expect(try await look() == .reconciled(.tolerated(.seconds(2))))
    #expect(world.wallet.available == .seconds(590))
    world.ledger.advance(.minutes(30))
    #expect(try await look() == nil)
  }

  @Test("a client that talks on after its talk is charged when the duration is known, at any check")
  func talksOn() async throws {
    let session = try await talked(for: .seconds(10), in: world)
    world.agent.become(.inProgress, "conv_1")
    for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
      #expect(try await look() == .waiting)
      world.ledger.advance(.milliseconds(Int64(pause) * 1_000 - 100))
      #expect(try await look() == nil)
      world.ledger.advance(.milliseconds(100))
    }
    world.agent.become(.done, "conv_1", duration: .seconds(900))
    #expect(try await look() == .reconciled(.adjusted(.seconds(890))))
    #expect(world.wallet.available == .zero && world.wallet.owed == .seconds(300))
    let record = try #require(try await world.ledger.record(of: session))
    #expect(record.charged == .seconds(10) && record.adjusted == .seconds(890))
    #expect(record.conversationDuration == .seconds(900))
  }

  @Test("a call whose talk was cut is ended after the minute in which it can be continued, and not later")
  func cut() async throws {
    _ = try await talked(for: .seconds(10), in: world)
    world.agent.become(.inProgress, "conv_1")
    for pause: Int64 in [2, 4, 8, 15, 15, 15] {
      #expect(try await look(controlled: true) == .waiting)
      world.ledger.advance(.seconds(pause))
    }
    #expect(try await look(controlled: true) == .waiting && world.agent.ended.isEmpty)
    world.ledger.advance(.seconds(1))
    #expect(try await look(controlled: true) == .endedFromOutside)
    #expect(world.agent.ended == ["conv_1"])
  }

  @Test("the time of a call that was shorter than its talk is given back")
  func shorter() async throws {
    _ = try await talked(for: .seconds(60), in: world)
    world.agent.become(.done, "conv_1", duration: .seconds(20))
    #expect(try await look() == .reconciled(.adjusted(.seconds(-40))))
    #expect(world.wallet.available == .seconds(580))
  }

  @Test("a call that is over is checked until its duration is reported: a missing duration is not zero")
  func noDuration() async throws {
    _ = try await talked(for: .seconds(60), in: world)
    world.agent.become(.done, "conv_1", duration: nil)
    #expect(try await look() == .waiting)
    #expect(world.wallet.available == .seconds(540))
    world.agent.become(.done, "conv_1", duration: .seconds(61))
    world.ledger.advance(.seconds(5))
    #expect(try await look() == .reconciled(.tolerated(.seconds(1))))
  }

  @Test("a duration that no call can have is told and asked for again")
  func impossibleDuration() async throws {
    _ = try await talked(for: .seconds(60), in: world)
    world.agent.become(.done, "conv_1", duration: nil, hasImpossibleDuration: true)
    #expect(try await look() == .impossibleDuration)
    #expect(world.wallet.available == .seconds(540))
    world.agent.become(.done, "conv_1", duration: .seconds(61))
    world.ledger.advance(.seconds(5))
    #expect(try await look() == .reconciled(.tolerated(.seconds(1))))
  }

  @Test("a URL without a beat is checked until it can no longer be opened")
  func neverBegan() async throws {
    _ = try await world.started()
    world.live.advance(.seconds(31))
    let ended = try #require(world.live.ended.first)
    #expect(ended.endReason == .neverConnected && ended.charged == .zero)
    try await world.settle(ended)
    #expect(try await look() == .waiting)
    world.ledger.advance(.minutes(14))
    #expect(try await look() == .waiting)
    world.ledger.advance(.minutes(5))
    #expect(try await look() == .neverBegan)
    #expect(try await world.ledger.openConversations(of: world.user).isEmpty)
    #expect(world.wallet.available == .minutes(10))
  }

  @Test("a URL that is opened 14 minutes later is found, and its call is charged whole")
  func late() async throws {
    _ = try await world.started()
    world.live.advance(.seconds(31))
    try await world.settle(try #require(world.live.ended.first))
    world.ledger.advance(.minutes(14))
    world.agent.become(.inProgress, "conv_1")
    #expect(try await look() == .waiting)
    // However long the talk is: its conversation can no longer count as one that never begins.
    world.ledger.advance(.minutes(60))
    #expect(try await look() == .waiting)
    world.agent.become(.done, "conv_1", duration: .minutes(60))
    world.ledger.advance(.minutes(10))
    #expect(try await look() == .reconciled(.adjusted(.minutes(60))))
    #expect(world.wallet.owed == .minutes(50))
  }

  @Test("the charge of beats without a call is given back when the URL can no longer be opened")
  func neverOpened() async throws {
    _ = try await talked(for: .seconds(60), in: world)
    world.agent.become(.initiated, "conv_1")
    #expect(try await look() == .waiting)
    world.ledger.advance(.minutes(16))
    #expect(try await look() == .reconciled(.adjusted(.seconds(-60))))
    #expect(world.wallet.available == .minutes(10))
  }

  @Test("nothing is given back of a conversation that the provider does not know")
  func unknown() async throws {
    _ = try await talked(for: .seconds(60), in: world)
    world.ledger.advance(.minutes(16))
    #expect(try await look() == .neverBegan)
    #expect(world.wallet.available == .minutes(9))
  }

  @Test("if calls can be ended by us, each check that finds a call going on ends it")
  func ends() async throws {
    let session = try await world.talking(for: .seconds(10))
    _ = try await world.end(session, by: world.user, reason: .user)
    world.agent.become(.inProgress, "conv_1")
    world.agent.failEnding(.unavailable)
    #expect(try await look(controlled: true) == .beyondControl)
    world.agent.failEnding(nil)
    world.ledger.advance(.seconds(2))
    #expect(try await look(controlled: true) == .endedFromOutside)
    #expect(world.agent.ended == ["conv_1"])
    world.agent.become(.done, "conv_1", duration: .seconds(13))
    world.ledger.advance(.seconds(4))
    #expect(try await look(controlled: true) == .reconciled(.tolerated(.seconds(3))))
  }

  @Test("a talk that was given the same URL again is not ended")
  func givenAgain() async throws {
    _ = try await world.started()
    world.live.advance(.seconds(31))
    try await world.settle(try #require(world.live.ended.first))
    let due = try #require(try await world.ledger.claimDue(limit: 1).first)
    let second = try await world.started()
    world.agent.become(.inProgress, "conv_1")
    #expect(try await useCase(true)(due) == .talkedOn)
    #expect(world.agent.ended.isEmpty)
    world.ledger.advance(.minutes(20))
    #expect(try await look(controlled: true) == nil)
    // The charge of the second talk counts for the conversation too.
    try await world.beat(second.id)
    try await world.talk(on: second.id, for: .seconds(40))
    world.agent.become(.done, "conv_1", duration: .seconds(40))
    world.live.advance(.seconds(11))
    try await world.settle(try #require(world.live.ended.last))
    #expect(try await look() == .reconciled(.tolerated(.zero)))
  }

  @Test("a duration that is reported while the talk goes on waits for its settlement")
  func toldEarly() async throws {
    let session = try await world.talking(for: .seconds(10))
    let reported = ReportedDuration(duration: .seconds(8))
    #expect(try await world.ledger.reconcile("conv_1", reported: reported) == .waiting)
    #expect(world.wallet.available + world.wallet.held == .minutes(10))
    try await world.talk(on: session, for: .seconds(30))
    world.live.advance(.seconds(11))
    try await world.settle.question(UnsettledTalk(session: session, user: world.user, metered: .zero))
    let reads = world.agent.reads
    #expect(try await look() == .reconciled(.adjusted(.seconds(-32))))
    #expect(world.agent.reads == reads && world.wallet.available == .seconds(592))
  }

  @Test("while the provider is unavailable the check is repeated, and after a week the duration stays unknown")
  func unanswered() async throws {
    _ = try await talked(for: .seconds(10), in: world)
    world.agent.failReading(.unavailable)
    #expect(try await look() == .unanswered(.unavailable))
    world.agent.failReading(.refused)
    world.ledger.advance(.seconds(2))
    #expect(try await look() == .unanswered(.refused))
    world.ledger.advance(.minutes(7 * 24 * 60))
    #expect(try await look() == .givenUp)
    world.ledger.advance(.minutes(60))
    #expect(try await look() == nil)
  }

  @Test("starting and leaving in a loop is free for a minute a day, and then charged")
  func loop() async throws {
    var free = TalkTime.zero
    for number in 1...40 {
      _ = try await world.started()
      world.live.advance(.seconds(31))
      try await world.settle(try #require(world.live.ended.last))
      world.agent.become(.done, "conv_\(number)", duration: .seconds(4))
      _ = try await look()
      free = .seconds(Int64(number) * 4) - (.minutes(10) - world.wallet.available)
      #expect(free >= .zero && free <= .seconds(60))
    }
    #expect(world.wallet.available <= .minutes(10) - .seconds(100))
  }

  @Test("taking over in a loop is charged, however short each talk is")
  func takeOvers() async throws {
    for number in 1...10 {
      let session = try await world.started(takeOver: true).id
      try await world.beat(session)
      world.live.advance(.seconds(9))
      world.agent.become(.done, "conv_\(number)", duration: .seconds(9))
    }
    let end = try await world.end(try #require(try await world.live.current(of: world.user)), by: world.user)
    guard case .settled(let last) = end else { throw TalkWorld.NotAccepted() }
    #expect(last.balance == .minutes(10) - .seconds(90))
  }
}
