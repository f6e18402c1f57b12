import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("One call at a time")
struct GetConversationURLTests {
  let world = TalkWorld()

  /// A talk that did not begin: its URL was given out, and it ended without a beat.
  private func unopened() async throws -> StartedTalk {
    let started = try await world.started()
    world.live.advance(.seconds(31))
    return started
  }

  /// The call that prevents a start.
  private func refused(_ wish: ConversationRequest = ConversationRequest(agent: "agent")) async throws
    -> OfferedConversation
  {
    do throws(StartTalkError) {
      _ = try await world.start(user: world.user, wish: wish, takeOver: false)
    } catch .previousCallOffered(let call) {
      return call
    }
    throw NotRefused()
  }

  private struct NotRefused: Error {}

  @Test("a URL that was not opened is given out again")
  func again() async throws {
    let first = try await unopened()
    let second = try await world.started()
    #expect(second.invitation == first.invitation && second.id != first.id && world.agent.invited == 1)
    #expect(try await world.ledger.record(of: second.id)?.conversation == first.invitation.conversation)
  }

  @Test("a URL that was opened without anyone in the call yet is given out again too")
  func initiated() async throws {
    let first = try await unopened()
    world.agent.become(.initiated, first.invitation.conversation)
    #expect(try await world.started().invitation == first.invitation)
  }

  @Test("in its last minute a URL is not given out, and there is no other one")
  func lastMinute() async throws {
    let first = try await unopened()
    world.ledger.advance(.minutes(14))
    let offered = try await refused()
    #expect(!offered.isGivenAgain && offered.left > .seconds(88) && offered.left <= .seconds(90))
    #expect(world.agent.invited == 1 && world.wallet.held == .zero)
    let open = try await world.ledger.openConversations(of: world.user)
    #expect(open.map(\.id) == [first.invitation.conversation])
  }

  @Test(
    "a URL that no longer works is closed, and another one is given out", arguments: [nil, ConversationState.initiated])
  func expired(state: ConversationState?) async throws {
    let first = try await unopened()
    if let state { world.agent.become(state, first.invitation.conversation) }
    world.ledger.advance(.seconds(15 * 60 + 31))
    let second = try await world.started()
    #expect(second.invitation.conversation != first.invitation.conversation && world.agent.invited == 2)
    let open = try await world.ledger.openConversations(of: world.user)
    #expect(open.map(\.id) == [second.invitation.conversation])
  }

  @Test("a conversation that was seen in progress is not given up by a check that finds nothing")
  func seenBefore() async throws {
    let first = try await unopened()
    try await world.settle.question(UnsettledTalk(session: first.id, user: world.user, metered: .zero))
    let due = try #require(try await world.ledger.claimDue(limit: 10).first)
    try await world.ledger.reschedule(at: due, in: .seconds(2), opened: true)
    world.ledger.advance(.seconds(15 * 60 + 31))
    _ = try await world.started()
    world.agent.become(.done, first.invitation.conversation, duration: .seconds(100))
    world.live.advance(.seconds(31))
    _ = try await world.started()
    #expect(world.wallet.available + world.wallet.held == .seconds(500))
  }

  @Test("a conversation that is over without a duration yet is not reconciled as zero")
  func noDuration() async throws {
    let first = try await world.talking(for: .seconds(30))
    world.live.advance(.seconds(11))
    world.agent.become(.done, "conv_1", duration: nil)
    _ = try await world.started()
    #expect(world.wallet.available + world.wallet.held == .seconds(570))
    #expect(try await world.ledger.record(of: first)?.adjusted == nil)
  }

  @Test("another user's URL is not given out")
  func anotherUser() async throws {
    let first = try await unopened()
    let other = UserID(UUID())
    world.ledger.credit(other, .minutes(1))
    let theirs = try await world.start(user: other, wish: ConversationRequest(agent: "agent"), takeOver: false)
    #expect(theirs.invitation.conversation != first.invitation.conversation)
  }

  @Test("while an earlier call goes on no URL is given out, and nothing is held")
  func inProgress() async throws {
    let first = try await world.talking(for: .seconds(10))
    world.agent.become(.inProgress, "conv_1")
    for _ in 0..<2 {
      await #expect(throws: StartTalkError.previousCallOpen) { _ = try await world.started(takeOver: true) }
      #expect(world.wallet.held == .zero && world.agent.invited == 1)
      #expect(try await world.live.current(of: world.user) == nil)
    }
    // The talk that was taken over is still settled.
    #expect(world.ledger.settlement(of: first)?.reason == .takenOver)
    world.agent.become(.done, "conv_1", duration: .seconds(14))
    #expect(try await world.started().invitation.conversation == "conv_2")
    #expect(world.ledger.duration(of: "conv_1") == .seconds(14))
  }

  @Test("if calls can be ended by us, the earlier call is ended, and the next attempt finds it over")
  func ended() async throws {
    _ = try await world.talking(for: .seconds(10))
    world.agent.become(.inProgress, "conv_1")
    let start = world.controlled()
    await #expect(throws: StartTalkError.previousCallOpen) {
      _ = try await start(user: world.user, wish: ConversationRequest(agent: "agent"), takeOver: true)
    }
    #expect(world.agent.ended == ["conv_1"])
    world.agent.failEnding(.unavailable)
    await #expect(throws: StartTalkError.previousCallOpen) {
      _ = try await start(user: world.user, wish: ConversationRequest(agent: "agent"), takeOver: false)
    }
  }

  @Test("a call that went on after its talk is charged before the next begins, and what the wallet lacks is owed")
  func owes() async throws {
    let world = TalkWorld(talkTime: .seconds(30))
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    try await world.settle.question(UnsettledTalk(session: session, user: world.user, metered: .zero))
    world.agent.become(.done, "conv_1", duration: .seconds(75))
    await #expect(throws: StartTalkError.balanceOwed) { _ = try await world.started() }
    #expect(world.wallet.available == .zero && world.wallet.owed == .seconds(45) && world.wallet.held == .zero)
    #expect(try await world.ledger.record(of: session)?.adjusted == .seconds(65))
  }

  @Test("over WebRTC the token is given out again, and never together with a URL")
  func webRTC() async throws {
    let wish = ConversationRequest(agent: "agent", connection: .webrtc)
    let first = try await world.start(user: world.user, wish: wish, takeOver: false)
    #expect(first.invitation.key.connection == .webrtc)
    world.live.advance(.seconds(31))
    let offered = try await refused()
    #expect(offered.connection == .webrtc && offered.isGivenAgain)
    #expect(try await world.start(user: world.user, wish: wish, takeOver: false).invitation == first.invitation)
  }

  @Test("a call that is over and not yet reconciled prevents no start, and stays open", arguments: [true, false])
  func processing(urlWorks: Bool) async throws {
    _ = try await world.talking(for: .seconds(10))
    world.agent.become(.processing, "conv_1")
    world.live.advance(.seconds(11))
    if !urlWorks { world.ledger.advance(.minutes(20)) }
    #expect(try await world.started().invitation.conversation == "conv_2")
    let open = try await world.ledger.openConversations(of: world.user)
    #expect(open.map(\.id) == ["conv_1", "conv_2"])
  }

  @Test("a call that failed is closed with its duration")
  func failed() async throws {
    _ = try await world.talking(for: .seconds(10))
    world.agent.become(.failed, "conv_1", duration: .seconds(3))
    world.live.advance(.seconds(11))
    #expect(try await world.started().invitation.conversation == "conv_2")
    #expect(world.ledger.duration(of: "conv_1") == .seconds(3))
  }

  @Test("while it is unknown whether a call goes on no URL is given out")
  func unreadable() async throws {
    _ = try await unopened()
    world.agent.failReading(.unavailable)
    await #expect(throws: StartTalkError.agentUnavailable) { _ = try await world.started() }
    #expect(world.wallet.held == .zero)
    #expect(try await world.live.current(of: world.user) == nil)
  }

  @Test("an unreadable call blocks no start once its URL can no longer be opened, and hides no other call")
  func unreadableForLong() async throws {
    let first = try await unopened()
    world.agent.failReading(.unavailable, "conv_1")
    await #expect(throws: StartTalkError.agentUnavailable) { _ = try await world.started() }
    world.ledger.advance(.seconds(15 * 60 + 31))
    let second = try await unopened()
    #expect(second.invitation.conversation == "conv_2")
    // The second conversation is read although the first cannot be.
    world.agent.become(.inProgress, "conv_2")
    await #expect(throws: StartTalkError.previousCallOpen) { _ = try await world.started() }
    world.agent.become(.done, "conv_2", duration: .seconds(30))
    #expect(try await world.started().invitation.conversation == "conv_3")
    #expect(world.ledger.duration(of: "conv_2") == .seconds(30))
    // It is left to the check.
    let open = try await world.ledger.openConversations(of: world.user)
    #expect(open.map(\.id) == [first.invitation.conversation, "conv_3"])
  }

  @Test("a call whose check is not answered delays no other check", .timeLimit(.minutes(1)))
  func silent() async throws {
    var ids: [String] = []
    for number in 1...8 {
      ids.append(try await world.started().invitation.conversation)
      world.agent.become(.processing, "conv_\(number)")
      world.live.advance(.seconds(31))
      world.ledger.advance(.minutes(16))
    }
    // Each request gets its response only when another one is in progress too.
    world.agent.answerInPairs()
    for id in ids { world.agent.become(.done, id, duration: .zero) }
    _ = try await world.started()
    #expect(try await world.ledger.openConversations(of: world.user).count == 1)
  }

  @Test("another agent has to wait until the unopened URL has expired, and the answer says how long")
  func anotherAgent() async throws {
    let first = try await unopened()
    let wish = ConversationRequest(agent: "another")
    let offered = try await refused(wish)
    #expect(offered.agent == "agent" && offered.isGivenAgain && offered.left > .seconds(15 * 60))
    world.ledger.advance(.minutes(10))
    let later = try await refused(wish)
    #expect(later.left < offered.left - .seconds(599) && later.left > .seconds(5 * 60))
    // A start with the agent that the error names gets the call.
    #expect(try await world.started().invitation == first.invitation)
    world.live.advance(.seconds(31))
    world.ledger.advance(.minutes(6))
    #expect(try await world.start(user: world.user, wish: wish, takeOver: false).invitation.conversation == "conv_2")
  }

  @Test("an unopened URL is not changed by a request for another agent")
  func leftAsItIs() async throws {
    let first = try await unopened()
    _ = try await refused(ConversationRequest(agent: "another"))
    let open = try await world.ledger.openConversations(of: world.user)
    #expect(open.map(\.id) == [first.invitation.conversation])
  }
}
