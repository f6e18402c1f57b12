import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

/// The use cases of a talk over the fakes, with one user.
struct TalkWorld: Sendable {
  let live = InMemoryLiveTalkStore()
  let ledger = InMemoryTalkLedger()
  let agent = FakeVoiceAgent()
  let user = UserID(UUID())
  let settle: SettleTalk
  let start: StartTalk
  let end: EndTalk
  let hold: HoldNextSlice

  init(talkTime: TalkTime = .minutes(10), within: Duration = .seconds(20)) {
    settle = SettleTalk(live: live, ledger: ledger)
    start = StartTalk(
      live: live, ledger: ledger, history: ledger, invite: GetConversationURL(agents: agent, conversations: ledger),
      interrupted: FindInterruptedConversation(live: live, settle: settle, conversations: ledger, agents: agent),
      random: SystemRandom(), settle: settle)
    end = EndTalk(live: live, ledger: ledger, history: ledger, settle: settle, within: within)
    hold = HoldNextSlice(live: live, ledger: ledger)
    if talkTime > .zero { ledger.credit(user, talkTime) }
  }

  var interrupted: FindInterruptedConversation {
    FindInterruptedConversation(live: live, settle: settle, conversations: ledger, agents: agent)
  }

  /// The same use case, with a provider plan that can end calls.
  func controlled() -> StartTalk {
    StartTalk(
      live: live, ledger: ledger, history: ledger,
      invite: GetConversationURL(agents: agent, conversations: ledger, control: agent), interrupted: interrupted,
      random: SystemRandom(), settle: settle)
  }

  func started(takeOver: Bool = false) async throws -> StartedTalk {
    try await start(user: user, wish: ConversationRequest(agent: "agent"), takeOver: takeOver)
  }

  /// A talk that goes on where an earlier one was cut.
  func continued(_ earlier: SessionID, takeOver: Bool = false) async throws -> StartedTalk {
    try await start(user: user, wish: ConversationRequest(agent: "agent"), takeOver: takeOver, continuing: earlier)
  }

  func newSession() throws -> SessionID {
    try #require(SessionID(shard: Shard(of: user), random: SystemRandom().bytes(16)))
  }

  func heartbeat(_ session: SessionID, seq: Int64? = nil) -> Heartbeat {
    Heartbeat(session: session, user: user, device: DeviceID(UUID()), issuedAt: 1_000, seq: seq)
  }

  /// A talk that has been live for this time, with a beat every 5 s.
  func talking(for time: TalkTime = .zero) async throws -> SessionID {
    let session = try await started().id
    try await beat(session)
    try await talk(on: session, for: time)
    return session
  }

  func talk(on session: SessionID, for time: TalkTime) async throws {
    var left = time
    while left > .zero {
      let step = min(left, .seconds(5))
      live.advance(step)
      left -= step
      try await beat(session)
    }
  }

  @discardableResult
  func beat(_ session: SessionID) async throws -> LiveTalk {
    guard case .accepted(let talk) = try await live.beat(heartbeat(session)) else { throw NotAccepted() }
    return talk
  }

  var wallet: Wallet { ledger.purse(of: user) }

  struct NotAccepted: Error {}
}

struct SystemRandom: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max) } }
}
