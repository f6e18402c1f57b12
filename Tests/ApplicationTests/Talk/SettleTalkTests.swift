import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Settling a talk")
struct SettleTalkTests {
  let world = TalkWorld()

  private func overdue(_ session: SessionID, _ metered: TalkTime = .zero) -> UnsettledTalk {
    UnsettledTalk(session: session, user: world.user, metered: metered)
  }

  @Test("an event that comes twice charges once")
  func twice() async throws {
    _ = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    let event = try #require(world.live.ended.first)
    #expect(try await !world.settle(event).wasSettled)
    #expect(try await world.settle(event).wasSettled)
    #expect(world.wallet.available == .seconds(590))
  }

  @Test("the history gets the reason, the beats and the forgiven time")
  func history() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.goAway(.seconds(100))
    world.live.advance(.seconds(20))
    let event = try #require(world.live.ended.first)
    try await world.settle(event)
    let settlement = try #require(world.ledger.settlement(of: session))
    #expect(settlement.reason == .gap && settlement.beats == 3 && settlement.charge == .seconds(10))
    #expect(settlement.forgiven >= .seconds(100) && settlement.forgiven == event.forgiven)
  }

  @Test("a live talk that cannot be marked as settled is no failure, and an unavailable ledger is")
  func failures() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    let event = try #require(world.live.ended.first)
    world.ledger.happen(at: .settle, .fails)
    await #expect(throws: TalkLedgerError.unavailable) { try await world.settle(event) }
    #expect(!world.live.steps.contains(.settled))
    world.ledger.happen(at: .settle, nil)
    world.live.happen(at: .settled, .fails)
    #expect(try await world.settle(event).charged == .seconds(10))
    #expect(world.ledger.settlement(of: session) != nil)
  }

  @Test("a settled talk is kept for an hour, an unsettled one until it is settled")
  func kept() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.minutes(90))
    try await world.settle(try #require(world.live.ended.first))
    world.live.advance(.minutes(59))
    #expect(try await world.live.read(session) != nil)
    world.live.advance(.minutes(1))
    #expect(try await world.live.read(session) == nil)
  }

  @Test("a talk that goes on is not settled")
  func goesOn() async throws {
    let session = try await world.talking(for: .seconds(10))
    let talk = try #require(try await world.live.read(session))
    #expect(try await world.settle(talk) == nil)
    #expect(world.ledger.settlement(of: session) == nil)
  }

  @Test("an expired hold only leads to a check: a live talk goes on, and its holds are extended")
  func questionLive() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.ledger.advance(.seconds(181))
    let asked = try await world.ledger.overdue(limit: 10)
    #expect(asked == [overdue(session)])
    for talk in asked { try await world.settle.question(talk) }
    #expect(try await world.ledger.overdue(limit: 10).isEmpty)
    #expect(world.ledger.settlement(of: session) == nil && world.wallet.held == .seconds(60))
  }

  @Test("an expired hold of a talk that is over settles it at Redis's figure")
  func questionOver() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.advance(.seconds(11))
    try await world.settle.question(overdue(session, .seconds(5)))
    let settlement = try #require(world.ledger.settlement(of: session))
    #expect(settlement.charge == .seconds(10) && settlement.reason == .gap)
  }

  @Test("an expired hold of a talk that Redis does not know settles it at the last figures in Postgres")
  func questionLost() async throws {
    let session = try await world.talking(for: .seconds(40))
    await world.hold(session, slice: 2, metered: .seconds(40), user: world.user)
    world.live.flush()
    world.ledger.advance(.seconds(181))
    for talk in try await world.ledger.overdue(limit: 10) { try await world.settle.question(talk) }
    let settlement = try #require(world.ledger.settlement(of: session))
    #expect(settlement.charge == .seconds(40) && settlement.reason == .lost)
    #expect(world.wallet.available == .seconds(560) && world.wallet.held == .zero)
  }

  @Test("an expired hold waits while Redis is unavailable")
  func questionWaits() async throws {
    let session = try await world.talking(for: .seconds(10))
    world.live.happen(at: .read, .fails)
    await #expect(throws: TalkLedgerError.unavailable) { try await world.settle.question(overdue(session)) }
    #expect(world.ledger.settlement(of: session) == nil && world.wallet.held == .seconds(60))
  }
}
