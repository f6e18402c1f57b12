import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Ending a talk")
struct EndTalkTests {
  let world = TalkWorld()

  @Test("an end charges to that moment and answers the balance that billing shows next")
  func ends() async throws {
    let session = try await world.talking(for: .seconds(23))
    world.live.advance(.seconds(2))
    let ended = try await world.end(session, by: world.user)
    let expected = SettledTalk(charged: .seconds(25), balance: .seconds(575), reason: .user, wasSettled: false)
    #expect(ended == .settled(expected))
    #expect(world.wallet.available == .seconds(575) && world.wallet.held == .zero)
    #expect(try await world.live.current(of: world.user) == nil)
  }

  @Test("a repeated end gives the same answer and charges nothing more")
  func again() async throws {
    let session = try await world.talking(for: .seconds(10))
    let first = try await world.end(session, by: world.user)
    world.live.advance(.seconds(60))
    guard case .settled(let before) = first, case .settled(let after) = try await world.end(session, by: world.user)
    else {
      Issue.record("it is not settled")
      return
    }
    #expect(after.wasSettled && after.charged == before.charged && after.balance == before.balance)
    #expect(after.reason == .user && world.wallet.available == .seconds(590))
  }

  @Test("20 simultaneous ends charge once")
  func race() async throws {
    let world = world
    let session = try await world.talking(for: .seconds(10))
    let answers = try await withThrowingTaskGroup(of: EndedTalk.self) { group in
      for _ in 0..<20 { group.addTask { try await world.end(session, by: world.user) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let first = answers.filter {
      if case .settled(let talk) = $0 { !talk.wasSettled } else { false }
    }
    #expect(answers.count == 20 && first.count == 1)
    #expect(world.wallet.available == .seconds(590) && world.live.ended.count == 1)
  }

  @Test("a talk that ended by itself is answered with its own reason")
  func endedBefore() async throws {
    let session = try await world.talking(for: .seconds(15))
    world.live.advance(.seconds(11))
    guard case .settled(let talk) = try await world.end(session, by: world.user) else {
      Issue.record("it is not settled")
      return
    }
    #expect(talk.reason == .gap && talk.charged == .seconds(15))
  }

  @Test("while the ledger does not respond the charge is provisional, and the settler settles it")
  func provisional() async throws {
    let world = TalkWorld(within: .milliseconds(50))
    let session = try await world.talking(for: .seconds(10))
    world.ledger.happen(at: .settle, .hangs)
    #expect(try await world.end(session, by: world.user) == .provisional(charged: .seconds(10), reason: .user))
    #expect(world.ledger.settlement(of: session) == nil)
    world.ledger.happen(at: .settle, nil)
    for event in world.live.ended { try await world.settle(event) }
    #expect(world.wallet.available == .seconds(590) && world.wallet.held == .zero)
  }

  @Test("a ledger that ignores cancellation delays no end", .timeLimit(.minutes(1)))
  func deaf() async throws {
    let world = TalkWorld(within: .milliseconds(50))
    let session = try await world.talking(for: .seconds(10))
    world.ledger.happen(at: .settle, .hangsOn)
    #expect(try await world.end(session, by: world.user) == .provisional(charged: .seconds(10), reason: .user))
    #expect(world.ledger.hanging == 1)
    world.ledger.happen(at: .record, .hangsOn)
    world.live.flush()
    await #expect(throws: EndTalkError.unavailable) { _ = try await world.end(session, by: world.user) }
    #expect(world.ledger.hanging == 2)
    world.ledger.happen(at: .settle, nil)
    world.ledger.happen(at: .record, nil)
  }

  @Test("an unavailable ledger makes the charge provisional at once", .timeLimit(.minutes(1)))
  func away() async throws {
    let world = TalkWorld(within: .seconds(3_000))
    let session = try await world.talking(for: .seconds(10))
    world.ledger.happen(at: .settle, .fails)
    #expect(try await world.end(session, by: world.user) == .provisional(charged: .seconds(10), reason: .user))
  }

  @Test("a lost answer changes nothing of the charge")
  func lostAnswer() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.ledger.happen(at: .settle, .losesAnswer)
    #expect(try await world.end(session, by: world.user) == .provisional(charged: .seconds(10), reason: .user))
    world.ledger.happen(at: .settle, nil)
    guard case .settled(let talk) = try await world.end(session, by: world.user) else {
      Issue.record("it is not settled")
      return
    }
    #expect(talk.wasSettled && talk.charged == .seconds(10) && talk.balance == .seconds(590))
  }

  @Test("without the store of live talks an end is unavailable")
  func unavailable() async throws {
    let session = try await world.talking()
    world.live.happen(at: .hangUp, .fails)
    await #expect(throws: EndTalkError.unavailable) { _ = try await world.end(session, by: world.user) }
    #expect(world.ledger.settlement(of: session) == nil)
  }

  @Test("another user's talk is not found, and goes on")
  func another() async throws {
    let session = try await world.talking(for: .seconds(5))
    await #expect(throws: EndTalkError.notFound) { _ = try await world.end(session, by: UserID(UUID())) }
    #expect(try await world.live.read(session)?.state == .live)
    await #expect(throws: EndTalkError.notFound) {
      _ = try await world.end(try world.newSession(), by: world.user)
    }
  }

  @Test("a talk that Redis deleted after its settlement is answered from history")
  func forgotten() async throws {
    let session = try await world.talking(for: .seconds(10))
    _ = try await world.end(session, by: world.user)
    world.live.advance(.minutes(61))
    #expect(try await world.live.read(session) == nil)
    let expected = SettledTalk(charged: .seconds(10), balance: .seconds(590), reason: .user, wasSettled: true)
    #expect(try await world.end(session, by: world.user) == .settled(expected))
    await #expect(throws: EndTalkError.notFound) { _ = try await world.end(session, by: UserID(UUID())) }
  }

  @Test("a talk that Redis lost is settled at the last figures in Postgres")
  func lost() async throws {
    let session = try await world.talking(for: .seconds(35))
    await world.hold(session, slice: 2, metered: .seconds(35), user: world.user)
    try await world.talk(on: session, for: .seconds(10))
    world.live.flush()
    let expected = SettledTalk(charged: .seconds(35), balance: .seconds(565), reason: .lost, wasSettled: true)
    #expect(try await world.end(session, by: world.user) == .settled(expected))
    #expect(world.wallet.held == .zero)
  }

  @Test("a talk that Redis lost waits for an unavailable ledger")
  func lostAndAway() async throws {
    let session = try await world.talking(for: .seconds(5))
    world.live.flush()
    world.ledger.happen(at: .record, .fails)
    await #expect(throws: EndTalkError.unavailable) { _ = try await world.end(session, by: world.user) }
  }
}
