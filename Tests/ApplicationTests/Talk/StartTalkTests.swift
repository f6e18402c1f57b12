import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Starting a talk")
struct StartTalkTests {
  let world = TalkWorld()

  /// Nothing is held, the slot is free, and the next start succeeds.
  private func leavesNothing(
    _ world: TalkWorld, _ error: StartTalkError, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    await #expect(throws: error, sourceLocation: sourceLocation) { _ = try await world.started() }
    #expect(world.wallet.held == .zero, sourceLocation: sourceLocation)
    #expect(try await world.live.current(of: world.user) == nil, sourceLocation: sourceLocation)
    #expect(try await world.ledger.unsettled(of: world.user).isEmpty, sourceLocation: sourceLocation)
    #expect(world.live.ended.isEmpty, sourceLocation: sourceLocation)
  }

  @Test("a start gives a URL, holds a minute and waits for the first beat")
  func starts() async throws {
    let started = try await world.started()
    #expect(started.remaining == .minutes(10) && started.id.shard == Shard(of: world.user))
    #expect(started.invitation.conversation == "conv_1" && world.agent.invited == 1)
    #expect(world.wallet.held == .seconds(60) && world.wallet.available == .minutes(9))
    let talk = try #require(try await world.live.read(started.id))
    #expect(talk.state == .starting && talk.granted == .seconds(60) && talk.validFor == .seconds(30))
    #expect(try await world.live.current(of: world.user) == started.id)
    #expect(try await world.ledger.record(of: started.id)?.conversation == "conv_1")
  }

  @Test("an older wallet version changes nothing of a talk that has begun")
  func version() async throws {
    let started = try await world.started()
    let stale = WalletChanged(userID: world.user, version: 1, available: .zero, frozen: true)
    #expect(try await world.live.walletChanged(stale)?.state == .starting)
    #expect(try await world.live.read(started.id)?.remaining == .minutes(10))
  }

  @Test("of 10 simultaneous starts one succeeds, and a minute is held")
  func race() async throws {
    let world = world
    let failures = await withTaskGroup(of: StartTalkError?.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do throws(StartTalkError) {
            _ = try await world.start(user: world.user, wish: ConversationRequest(agent: "agent"), takeOver: false)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(into: [StartTalkError]()) { all, error in if let error { all.append(error) } }
    }
    #expect(failures == Array(repeating: .alreadyLive, count: 9))
    #expect(world.wallet.held == .seconds(60) && world.agent.invited == 1)
  }

  @Test("while another talk is live a start is refused, and the other talk goes on")
  func alreadyLive() async throws {
    let session = try await world.talking(for: .seconds(10))
    await #expect(throws: StartTalkError.alreadyLive) { _ = try await world.started() }
    #expect(try await world.live.read(session)?.state == .live && world.wallet.held == .seconds(60))
  }

  @Test("taking over settles the other talk first")
  func takesOver() async throws {
    let first = try await world.talking(for: .seconds(20))
    world.agent.become(.done, "conv_1", duration: .seconds(20))
    world.live.advance(.seconds(3))
    let second = try await world.started(takeOver: true)
    let settlement = try #require(world.ledger.settlement(of: first))
    #expect(settlement.charge == .seconds(23) && settlement.reason == .takenOver)
    #expect(second.remaining == .seconds(577) && world.wallet.held == .seconds(60))
    #expect(try await world.live.current(of: world.user) == second.id)
  }

  @Test("the holds of an earlier talk are available for the next one")
  func lastMinute() async throws {
    let world = TalkWorld(talkTime: .seconds(50))
    _ = try await world.talking(for: .seconds(10))
    world.agent.become(.done, "conv_1", duration: .seconds(10))
    let second = try await world.started(takeOver: true)
    #expect(second.remaining == .seconds(40) && world.wallet.held == .seconds(40))
  }

  @Test(
    "unsettled earlier talks are settled: ended ones at Redis's figure, lost ones at the last figures in Postgres")
  func clears() async throws {
    let ended = try await world.talking(for: .seconds(10))
    world.agent.become(.done, "conv_1", duration: .seconds(10))
    world.live.advance(.seconds(11))
    let second = try await world.talking(for: .seconds(35))
    #expect(world.ledger.settlement(of: ended)?.reason == .gap)
    #expect(world.ledger.settlement(of: ended)?.charge == .seconds(10))

    await world.hold(second, slice: 2, metered: .seconds(35), user: world.user)
    try await world.talk(on: second, for: .seconds(15))
    world.agent.become(.done, "conv_2", duration: .seconds(50))
    world.live.flush()
    let third = try await world.started()
    let settlement = try #require(world.ledger.settlement(of: second))
    #expect(settlement.charge == .seconds(35) && settlement.reason == .lost)
    #expect(third.remaining == .seconds(555) && world.wallet.held == .seconds(60))
  }

  @Test("without talk time nothing is held")
  func insufficient() async throws {
    let world = TalkWorld(talkTime: .zero)
    try await leavesNothing(world, .insufficientTalkTime)
    #expect(world.agent.invited == 0)
    world.ledger.credit(world.user, .seconds(1))
    #expect(try await world.started().remaining == .seconds(1))
  }

  @Test("nothing is held of a frozen wallet")
  func frozen() async throws {
    world.ledger.freeze(world.user)
    try await leavesNothing(world, .frozen)
    #expect(world.agent.invited == 0)
  }

  @Test("while talk time is owed nothing is held")
  func owed() async throws {
    world.ledger.debit(world.user, .minutes(11))
    try await leavesNothing(world, .balanceOwed)
    #expect(world.agent.invited == 0)
  }

  @Test("a debt from the settlement of an earlier talk refuses the start")
  func owedByEarlier() async throws {
    let world = TalkWorld(talkTime: .seconds(60))
    _ = try await world.talking(for: .seconds(55))
    try await world.talk(on: try #require(try await world.live.current(of: world.user)), for: .seconds(1))
    world.ledger.debit(world.user, .seconds(10))
    await #expect(throws: StartTalkError.balanceOwed) { _ = try await world.started(takeOver: true) }
    #expect(world.wallet.owed == .seconds(6) && world.wallet.held == .zero)
    #expect(try await world.live.current(of: world.user) == nil)
  }

  @Test("while the agent is unavailable nothing is held, and the next start succeeds")
  func agentDown() async throws {
    world.agent.failInviting(.unavailable)
    try await leavesNothing(world, .agentUnavailable)
    world.agent.failInviting(nil)
    #expect(try await world.started().remaining == .minutes(10))
  }

  @Test("an agent or a key that the provider refuses is no error of the client")
  func refusedAgent() async throws {
    world.agent.failInviting(.refused)
    try await leavesNothing(world, .agentUnavailable)
  }

  @Test(
    "whichever step of the ledger fails, nothing is held",
    arguments: [InMemoryTalkLedger.Step.wallet, .unsettled, .conversations, .open])
  func booksAway(step: InMemoryTalkLedger.Step) async throws {
    world.ledger.happen(at: step, .fails)
    await #expect(throws: StartTalkError.unavailable) { _ = try await world.started() }
    world.ledger.happen(at: step, nil)
    #expect(world.wallet.held == .zero)
    #expect(try await world.live.current(of: world.user) == nil)
    #expect(try await world.started().remaining == .minutes(10))
  }

  @Test("without the store of live talks no request goes to the ledger or the provider")
  func storeAway() async throws {
    world.live.happen(at: .reserve, .fails)
    await #expect(throws: StartTalkError.unavailable) { _ = try await world.started() }
    #expect(world.agent.invited == 0 && world.wallet.held == .zero)
  }

  @Test("a hold whose answer was lost is released by the next start at the latest")
  func openAnswerLost() async throws {
    world.ledger.happen(at: .open, .losesAnswer)
    await #expect(throws: StartTalkError.unavailable) { _ = try await world.started() }
    world.ledger.happen(at: .open, nil)
    #expect(try await world.started().remaining == .minutes(10))
    #expect(world.wallet.held == .seconds(60))
  }

  @Test("a grant that cannot be stored in Redis is given back", arguments: [Mishap.fails, .losesAnswer])
  func noteFails(mishap: Mishap) async throws {
    world.live.happen(at: .note, mishap)
    try await leavesNothing(world, .unavailable)
  }

  @Test("a start whose store was emptied in the middle expires, with nothing held")
  func flushed() async throws {
    let world = world
    let agents = Meanwhile(agent: world.agent) { world.live.flush() }
    let start = StartTalk(
      live: world.live, ledger: world.ledger, history: world.ledger,
      invite: GetConversationURL(agents: agents, conversations: world.ledger),
      interrupted: world.interrupted, random: SystemRandom(), settle: world.settle)
    await #expect(throws: StartTalkError.expired) {
      _ = try await start(user: world.user, wish: ConversationRequest(agent: "agent"), takeOver: false)
    }
    #expect(world.wallet.held == .zero)
  }

  @Test("a start whose agent takes longer than the reservation expires, with nothing held")
  func slow() async throws {
    let world = world
    let agents = Meanwhile(agent: world.agent) { world.live.advance(.seconds(16)) }
    let start = StartTalk(
      live: world.live, ledger: world.ledger, history: world.ledger,
      invite: GetConversationURL(agents: agents, conversations: world.ledger),
      interrupted: world.interrupted, random: SystemRandom(), settle: world.settle)
    await #expect(throws: StartTalkError.expired) {
      _ = try await start(user: world.user, wish: ConversationRequest(agent: "agent"), takeOver: false)
    }
    #expect(world.live.ended.map(\.charged) == [.zero])
    #expect(world.wallet.held == .zero)
  }
}

extension StartTalkTests {
  private func limited(_ world: TalkWorld, to most: Int) -> StartTalk {
    StartTalk(
      live: world.live, ledger: world.ledger, history: world.ledger,
      invite: GetConversationURL(agents: world.agent, conversations: world.ledger),
      interrupted: world.interrupted, random: SystemRandom(), settle: world.settle, most: most)
  }

  private func rich(_ world: TalkWorld) -> UserID {
    let user = UserID(UUID())
    world.ledger.credit(user, .minutes(10))
    return user
  }

  @Test("a start beyond the limit of simultaneous talks is refused, and a talk that goes on is not affected")
  func most() async throws {
    let start = limited(world, to: 2)
    let wish = ConversationRequest(agent: "agent")
    let session = try await start(user: world.user, wish: wish, takeOver: false).id
    _ = try await start(user: rich(world), wish: wish, takeOver: false)
    let third = rich(world)
    await #expect(throws: StartTalkError.allAgentsBusy) {
      _ = try await start(user: third, wish: wish, takeOver: false)
    }
    #expect(world.ledger.purse(of: third).held == .zero && world.agent.invited == 2)
    #expect(try await world.live.current(of: third) == nil)
    #expect(try await world.beat(session).state == .live)
    // A user who takes over their own talk does not add one.
    world.agent.become(.done, "conv_1", duration: .zero)
    _ = try await start(user: world.user, wish: wish, takeOver: true)
    #expect(try await world.live.count() == 2)
    world.live.advance(.seconds(31))
    _ = try await start(user: third, wish: wish, takeOver: false)
  }

  @Test("of 20 simultaneous starts no more than the limit succeed")
  func mostAtOnce() async throws {
    let (world, start) = (world, limited(world, to: 5))
    let users = (0..<20).map { _ in rich(world) }
    await withTaskGroup { group in
      for user in users {
        group.addTask { _ = try? await start(user: user, wish: ConversationRequest(agent: "agent"), takeOver: false) }
      }
    }
    #expect(try await world.live.count() <= 5)
  }
}

/// Runs a function while the agent is asked for a URL.
struct Meanwhile: ConversationInviter, ConversationReader {
  let agent: FakeVoiceAgent
  let happens: @Sendable () -> Void

  func invite(_ wish: ConversationRequest) async throws(VoiceAgentError) -> VoiceInvitation {
    happens()
    return try await agent.invite(wish)
  }

  func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? { try await agent.conversation(id) }
}
