import Application
import Domain
import Fakes
import Testing

@Suite("An operator ends talks")
struct EndTalkByOperatorTests {
  private let world = TalkWorld()
  private var end: EndTalkByOperator {
    EndTalkByOperator(live: world.live, history: world.ledger, actions: world.ledger, end: world.end)
  }

  @Test("an operator ends any user's talk, charged to that moment and settled, with an audit note")
  func anybodys() async throws {
    let session = try await world.talking(for: .seconds(20))
    world.live.advance(.seconds(3))
    let ended = try await end(session, reason: "abuse", actor: "chief")
    guard case .settled(let talk) = ended else {
      Issue.record("not settled")
      return
    }
    #expect(talk.charged == .seconds(23) && talk.reason == .operator)
    let reason = try #require(Reason("abuse"))
    #expect(world.ledger.actions == [OperatorTalkAction(.end, actor: "chief", subject: session.text, reason: reason)])
  }

  @Test("a talk that is over stays as it ended, without an audit note")
  func over() async throws {
    let session = try await world.talking(for: .seconds(5))
    _ = try await world.end(session, by: world.user)
    guard case .settled(let talk) = try await end(session, reason: "late", actor: "chief") else {
      Issue.record("not settled")
      return
    }
    #expect(talk.reason == .user && talk.charged == .seconds(5) && world.ledger.actions.isEmpty)
  }

  @Test("without the audit note nothing is done")
  func unnoted() async throws {
    let session = try await world.talking()
    world.ledger.happen(at: .note, .fails)
    await #expect(throws: TalkAdministrationError.unavailable) { _ = try await end(session, reason: "r", actor: "a") }
    await #expect(throws: TalkAdministrationError.unavailable) {
      _ = try await end.all(of: world.user, reason: "r", actor: "a")
    }
    #expect(try await world.live.read(session)?.state == .live)
  }

  @Test("an unknown talk is not found, and a reason is needed")
  func refused() async throws {
    await #expect(throws: TalkAdministrationError.notFound) {
      _ = try await end(try world.newSession(), reason: "r", actor: "a")
    }
    let session = try await world.talking()
    for reason in ["", "  ", "a\nb"] {
      await #expect(throws: TalkAdministrationError.invalidReason) {
        _ = try await end(session, reason: reason, actor: "a")
      }
    }
    #expect(try await world.live.read(session)?.state == .live && world.ledger.actions.isEmpty)
  }

  @Test("ending all talks of a user ends the one that goes on, or is starting")
  func all() async throws {
    let session = try await world.started().id
    let ended = try await end.all(of: world.user, reason: "fraud", actor: "chief")
    #expect(ended.map(\.session) == [session])
    #expect(try await world.live.read(session)?.endReason == .operator)
    #expect(try await end.all(of: world.user, reason: "fraud", actor: "chief").isEmpty)
    #expect(world.ledger.actions.map(\.kind) == [.endAll])
  }

  @Test("the talk of a deleted account ends, and a talk that is over stays as it was")
  func deletedAccount() async throws {
    let close = EndTalkOfClosedAccount(live: world.live, accounts: world.ledger)
    try await close.deleted(world.user)
    let session = try await world.talking(for: .seconds(10))
    for _ in 0..<2 { try await close.deleted(world.user) }
    let talk = try #require(try await world.live.read(session))
    #expect(talk.endReason == .accountClosed && talk.charged == .seconds(10))
    world.live.happen(at: .current, .fails)
    await #expect(throws: LiveTalkError.unavailable) { try await close.deleted(world.user) }
  }

  @Test("the talk of a disabled account ends if it is still disabled; while that is unknown, it waits")
  func disabledAccount() async throws {
    let close = EndTalkOfClosedAccount(live: world.live, accounts: world.ledger)
    let session = try await world.talking(for: .seconds(10))
    try await close.disabled(world.user)
    #expect(try await world.live.read(session)?.state == .live)
    world.ledger.closeAccount(of: world.user)
    world.ledger.happen(at: .account, .fails)
    await #expect(throws: TalkLedgerError.unavailable) { try await close.disabled(world.user) }
    world.ledger.happen(at: .account, nil)
    try await close.disabled(world.user)
    #expect(try await world.live.read(session)?.endReason == .accountClosed)
  }

  @Test("a closed account starts no talk, and nothing is held")
  func closedStart() async throws {
    world.ledger.closeAccount(of: world.user)
    await #expect(throws: StartTalkError.accountClosed) { _ = try await world.started() }
    #expect(world.wallet.held == .zero)
    #expect(try await world.live.current(of: world.user) == nil)
  }
}
