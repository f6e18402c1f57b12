import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

private final class NotedAsks: SliceRequestQueue {
  private let noted = Mutex<[LiveTalk]>([])
  var asks: [LiveTalk] { noted.withLock { $0 } }
  func ask(for talk: LiveTalk, user: UserID) { noted.withLock { $0.append(talk) } }
}

@Suite("Taking a heartbeat")
struct TakeHeartbeatTests {
  let world = TalkWorld()
  private let slices = NotedAsks()
  private var take: TakeHeartbeat { TakeHeartbeat(live: world.live, slices: slices) }

  @Test("a heartbeat is one step in the store, and none in the ledger")
  func oneStep() async throws {
    let session = try await world.started().id
    let before = world.live.steps.count
    for step: InMemoryTalkLedger.Step in [.wallet, .open, .hold, .record] { world.ledger.happen(at: step, .fails) }
    guard case .accepted = try await take(world.heartbeat(session, seq: 1)) else {
      Issue.record("it is refused")
      return
    }
    #expect(Array(world.live.steps.dropFirst(before)) == [.beat])
  }

  @Test("a heartbeat requests a slice with less than 30 s granted left, and not before")
  func asks() async throws {
    let session = try await world.started().id
    for seq in 1...7 {
      _ = try await take(world.heartbeat(session, seq: Int64(seq)))
      world.live.advance(.seconds(5))
    }
    #expect(slices.asks.isEmpty)
    _ = try await take(world.heartbeat(session, seq: 8))
    #expect(slices.asks.map(\.id) == [session] && slices.asks.map(\.charged) == [.seconds(35)])
  }

  @Test("a heartbeat of a talk that is over or unknown, or with a refused token, requests no slice")
  func asksNot() async throws {
    let session = try await world.talking(for: .seconds(40))
    _ = try await take(
      Heartbeat(session: session, user: UserID(UUID()), device: DeviceID(UUID()), issuedAt: 1, seq: nil))
    world.live.knowRevocations(false)
    #expect(try await take(world.heartbeat(session)) == .unknowable)
    world.live.knowRevocations(true)
    world.live.advance(.seconds(11))
    guard case .ended = try await take(world.heartbeat(session)) else {
      Issue.record("it goes on")
      return
    }
    #expect(slices.asks.isEmpty)
  }

  @Test("without the store a heartbeat is unavailable")
  func unavailable() async throws {
    let session = try await world.talking()
    world.live.happen(at: .beat, .fails)
    await #expect(throws: LiveTalkError.unavailable) { _ = try await take(world.heartbeat(session)) }
  }
}

@Suite("Holding a slice")
struct HoldNextSliceTests {
  let world = TalkWorld()

  private func hold(_ session: SessionID, _ slice: Int64 = 2, _ metered: TalkTime = .seconds(35)) async {
    await world.hold(session, slice: slice, metered: metered, user: world.user)
  }

  @Test("a slice is held in Postgres with the metered time, and its grant is stored in Redis")
  func holds() async throws {
    let session = try await world.talking(for: .seconds(35))
    await hold(session)
    let talk = try #require(try await world.live.read(session))
    #expect(talk.granted == .seconds(120) && talk.slice == 2 && !talk.isFinal && talk.remaining == .seconds(565))
    #expect(world.wallet.held == .seconds(120))
    #expect(try await world.ledger.record(of: session)?.charged == .seconds(35))
  }

  @Test("the same slice requested twice is held and stored once")
  func twice() async throws {
    let session = try await world.talking(for: .seconds(35))
    await hold(session)
    let before = try await world.live.read(session)
    await hold(session)
    #expect(try await world.live.read(session) == before && world.wallet.held == .seconds(120))
  }

  @Test("with an empty wallet the grant becomes final, and credit clears that")
  func final() async throws {
    let world = TalkWorld(talkTime: .seconds(60))
    let session = try await world.talking(for: .seconds(35))
    await world.hold(session, slice: 2, metered: .seconds(35), user: world.user)
    #expect(try await world.live.read(session)?.isFinal == true)
    world.ledger.credit(world.user, .minutes(5))
    await world.hold(session, slice: 2, metered: .seconds(40), user: world.user)
    let talk = try #require(try await world.live.read(session))
    #expect(!talk.isFinal && talk.granted == .seconds(120))
  }

  @Test("while Postgres is away nothing is held, and the talk runs on for its grace")
  func away() async throws {
    let session = try await world.talking(for: .seconds(55))
    world.ledger.happen(at: .hold, .fails)
    await hold(session)
    #expect(try await world.live.read(session)?.granted == .seconds(60))
    try await world.talk(on: session, for: .seconds(30))
    world.ledger.happen(at: .hold, nil)
    await hold(session, 2, .seconds(85))
    try await world.talk(on: session, for: .seconds(30))
    #expect(try await world.live.read(session)?.charged == .seconds(115))
  }

  @Test("a slice whose answer was lost is held once when it is requested again")
  func lostAnswer() async throws {
    let session = try await world.talking(for: .seconds(35))
    world.ledger.happen(at: .hold, .losesAnswer)
    await hold(session)
    world.ledger.happen(at: .hold, nil)
    await hold(session)
    #expect(try await world.live.read(session)?.granted == .seconds(120) && world.wallet.held == .seconds(120))
  }

  @Test("a frozen wallet ends the talk")
  func frozen() async throws {
    let session = try await world.talking(for: .seconds(35))
    world.ledger.freeze(world.user)
    await hold(session)
    let talk = try #require(try await world.live.read(session))
    #expect(talk.endReason == .frozen && talk.charged == .seconds(35))
  }

  @Test("a talk that is settled already does not go on")
  func settled() async throws {
    let session = try await world.talking(for: .seconds(35))
    _ = try await world.ledger.settle(
      TalkClosing(
        session: session, user: world.user, charge: .seconds(35), reason: .lost, forgiven: .zero, beats: 0))
    await hold(session)
    #expect(try await world.live.read(session)?.endReason == .lost)
    #expect(world.wallet.held == .zero)
  }

  @Test("a slice granted to a talk that ended meanwhile is released by its settlement")
  func endedMeanwhile() async throws {
    let session = try await world.talking(for: .seconds(35))
    _ = try await world.live.hangUp(session, user: nil, .operator)
    await hold(session)
    #expect(world.wallet.held == .seconds(120))
    try await world.settle(try #require(world.live.ended.first))
    #expect(world.wallet.held == .zero && world.wallet.available == .seconds(565))
  }
}
