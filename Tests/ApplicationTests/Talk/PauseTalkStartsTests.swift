import Application
import Domain
import Fakes
import Testing

@Suite("Draining")
struct PauseTalkStartsTests {
  private let orders = InMemoryTalkStartPauseStore()
  private let ledger = InMemoryTalkLedger()
  private let clock = FakeClock()
  private var drain: PauseTalkStarts { PauseTalkStarts(requests: orders, actions: ledger, clock: clock) }

  private func admit(isLeaving: Bool = false) -> RefuseTalkStartWhileDraining {
    RefuseTalkStartWhileDraining(requests: orders, isLeaving: { isLeaving })
  }

  @Test("a drain request stops starts everywhere until it is withdrawn; each change is noted once")
  func order() async throws {
    try await admit()()
    let order = try await drain.stop(reason: "moving", actor: "chief")
    #expect(order == TalkStartPause(reason: "moving", actor: "chief", since: clock.now()))
    #expect(try await drain.stop(reason: "again", actor: "other") == order)
    await #expect(throws: DrainingError.draining) { try await admit()() }
    for _ in 0..<2 { try await drain.resume(reason: "moved", actor: "chief") }
    try await admit()()
    #expect(ledger.actions.map(\.kind) == [.drain, .undrain])
  }

  @Test("an instance that is shutting down starts no talk, with or without a drain request")
  func leaving() async throws {
    await #expect(throws: DrainingError.draining) { try await admit(isLeaving: true)() }
  }

  @Test("an instance that cannot read the drain request starts nothing; without its audit note a drain is not done")
  func away() async throws {
    orders.goAway()
    await #expect(throws: DrainingError.unavailable) { try await admit()() }
    orders.goAway(false)
    ledger.happen(at: .note, .fails)
    await #expect(throws: TalkAdministrationError.unavailable) { _ = try await drain.stop(reason: "r", actor: "a") }
    #expect(try await drain.standing() == nil)
    await #expect(throws: TalkAdministrationError.invalidReason) { _ = try await drain.stop(reason: "", actor: "a") }
  }
}
