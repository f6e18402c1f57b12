import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Continuing a talk that was cut")
struct ContinueTalkTests {
  let world = TalkWorld()

  /// A talk of 10 s that no beat reached any more, while its conversation goes on.
  private func cut() async throws -> SessionID {
    let session = try await world.talking(for: .seconds(10))
    world.agent.become(.inProgress, "conv_1")
    world.live.advance(.milliseconds(10_001))
    #expect(try await world.live.read(session)?.endReason == .gap)
    return session
  }

  private func refuses(
    _ error: StartTalkError, _ earlier: SessionID, takeOver: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let held = world.wallet.held
    await #expect(throws: error, sourceLocation: sourceLocation) {
      _ = try await world.continued(earlier, takeOver: takeOver)
    }
    #expect(world.wallet.held <= held && world.agent.invited == 1, sourceLocation: sourceLocation)
  }

  @Test("it is a talk of its own in the same conversation, without a new URL")
  func continues() async throws {
    let earlier = try await cut()
    let talk = try await world.continued(earlier)
    #expect(talk.id != earlier && talk.isContinuation && talk.invitation.conversation == "conv_1")
    #expect(world.agent.invited == 1 && world.wallet.held == .seconds(60))
    #expect(try await world.ledger.record(of: earlier)?.endReason == .gap)
    try await world.beat(talk.id)
    try await world.talk(on: talk.id, for: .seconds(20))
    #expect(try await world.live.read(talk.id)?.charged == .seconds(20))
  }

  @Test("what was said between the two is reconciled once, by the conversation")
  func reconciled() async throws {
    let talk = try await world.continued(try await cut())
    try await world.beat(talk.id)
    try await world.talk(on: talk.id, for: .seconds(20))
    _ = try await world.end(talk.id, by: world.user, reason: .user)
    _ = try await world.ledger.reconcile("conv_1", reported: ReportedDuration(duration: .seconds(42)))
    #expect(world.wallet.available == .seconds(558) && world.wallet.held == .zero)
  }

  @Test("a talk that was continued and cut again can be continued again")
  func again() async throws {
    var earlier = try await cut()
    for _ in 1...3 {
      let talk = try await world.continued(earlier)
      try await world.beat(talk.id)
      world.live.advance(.milliseconds(10_001))
      earlier = talk.id
    }
    #expect(try await world.continued(earlier).invitation.conversation == "conv_1")
  }

  @Test("who talks on without beats cannot continue beyond what is left, and runs into no debt by it")
  func unmetered() async throws {
    let world = TalkWorld(talkTime: .seconds(30))
    let session = try await world.started().id
    try await world.beat(session)
    world.agent.become(.inProgress, "conv_1")
    world.live.advance(.milliseconds(10_001))
    _ = try await world.settle(try #require(try await world.live.read(session)))
    // The fakes have two clocks: the ledger's is the one that counts.
    world.ledger.advance(.seconds(29))
    let second = try await world.continued(session).id
    try await world.beat(second)
    world.live.advance(.milliseconds(10_001))
    _ = try await world.settle(try #require(try await world.live.read(second)))
    world.ledger.advance(.seconds(10))
    await #expect(throws: StartTalkError.insufficientTalkTime) { _ = try await world.continued(second) }
    #expect(world.wallet.held == .zero)
  }

  @Test("a continuation without a beat takes nothing away: the first talk can be continued once more")
  func unbeaten() async throws {
    let earlier = try await cut()
    let second = try await world.continued(earlier).id
    _ = try await world.end(second, by: world.user, reason: .agentEnded)
    let third = try await world.continued(earlier)
    #expect(third.id != second && third.invitation.conversation == "conv_1")
  }

  @Test("a talk after which another one went on is not continued: only the last one is")
  func onlyLast() async throws {
    let earlier = try await cut()
    let second = try await world.continued(earlier).id
    try await world.beat(second)
    _ = try await world.end(second, by: world.user, reason: .user)
    try await refuses(.cannotContinue, earlier)
  }

  @Test("for a minute", arguments: [(59_900, true), (60_000, false)] as [(Int64, Bool)])
  func minute(age: Int64, isPossible: Bool) async throws {
    let earlier = try await cut()
    let ended = try #require(try await world.live.read(earlier))
    _ = try await world.settle(ended)
    world.ledger.advance(.milliseconds(age))
    if isPossible { _ = try await world.continued(earlier) } else { try await refuses(.cannotContinue, earlier) }
  }

  @Test("any other end is final", arguments: EndReason.allCases.filter { $0 != .gap })
  func otherEnds(reason: EndReason) async throws {
    let session = try await world.talking(for: .seconds(10))
    world.agent.become(.inProgress, "conv_1")
    _ = try await world.live.hangUp(session, user: world.user, reason)
    try await refuses(.cannotContinue, session)
  }

  @Test("a conversation that is over or never began cannot be continued", arguments: ConversationState.allCases)
  func conversationOver(state: ConversationState) async throws {
    let earlier = try await cut()
    world.agent.become(state, "conv_1")
    if state == .inProgress { return _ = try await world.continued(earlier) }
    try await refuses(.cannotContinue, earlier)
  }

  @Test("a conversation that is known to be over is not asked for")
  func closed() async throws {
    let earlier = try await cut()
    _ = try await world.ledger.reconcile("conv_1", reported: ReportedDuration(duration: .seconds(12)))
    try await refuses(.cannotContinue, earlier)
    #expect(world.agent.reads == 0)
  }

  @Test("only one's own talk, and one that exists")
  func own() async throws {
    let earlier = try await cut()
    let other = UserID(UUID())
    world.ledger.credit(other, .minutes(1))
    await #expect(throws: StartTalkError.cannotContinue) {
      _ = try await world.start(
        user: other, wish: ConversationRequest(agent: "agent"), takeOver: false, continuing: earlier)
    }
    try await refuses(.cannotContinue, try world.newSession())
  }

  @Test("a talk that goes on is not continued, and goes on")
  func live() async throws {
    let session = try await world.talking(for: .seconds(10))
    for takeOver in [false, true] { try await refuses(.alreadyLive, session, takeOver: takeOver) }
    #expect(try await world.beat(session).state == .live)
  }

  @Test("a refusal ends no other talk, even if it would have been taken over")
  func takesNothingOver() async throws {
    let earlier = try await cut()
    world.agent.become(.done, "conv_1", duration: .seconds(12))
    let other = try await world.started()
    try await world.beat(other.id)
    await #expect(throws: StartTalkError.cannotContinue) { _ = try await world.continued(earlier, takeOver: true) }
    #expect(try await world.beat(other.id).state == .live)
  }

  @Test("of simultaneous requests one starts a talk")
  func once() async throws {
    let earlier = try await cut()
    let world = world
    let started = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 { group.addTask { (try? await world.continued(earlier)) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(started == 1 && world.wallet.held == .seconds(60))
  }

  @Test("a provider that cannot be asked, or a ledger that is away, refuses for now and leaves nothing held")
  func away() async throws {
    let earlier = try await cut()
    world.agent.failReading(.unavailable)
    try await refuses(.agentUnavailable, earlier)
    world.agent.failReading(nil)
    world.ledger.happen(at: .interruptedTalk, .fails)
    try await refuses(.unavailable, earlier)
    world.ledger.happen(at: .interruptedTalk, nil)
    _ = try await world.continued(earlier)
  }
}
