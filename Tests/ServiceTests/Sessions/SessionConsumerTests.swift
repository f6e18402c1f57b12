import Application
import Domain
import Fakes
import Foundation
import Testing

@testable import SessionService

@Suite("The consumers of the session service over a bus that duplicates, reorders and fails")
struct SessionConsumerTests {
  private struct Stage {
    let live = InMemoryLiveTalkStore()
    let ledger = InMemoryTalkLedger()

    var consumers: [EventSubscription] {
      SessionConsumers(
        live: live, plans: live, settle: SettleTalk(live: live, ledger: ledger),
        closed: EndTalkOfClosedAccount(live: live, accounts: ledger)
      ).all
    }

    func consumer(_ group: ConsumerGroupName, _ shard: Shard? = nil) throws -> EventSubscription {
      let source = shard.map { EventSubscription.Source.endedTalks($0) }
      return try #require(consumers.first { $0.group == group && (source == nil || $0.source == source) })
    }

    /// A store that is away, or that does its work and loses the answer.
    func trouble(_ number: UInt64, _ isCalm: Bool) {
      let mishap: [Mishap?] = [nil, nil, .fails, .losesAnswer]
      func next(_ shift: UInt64) -> Mishap? { isCalm ? nil : mishap[Int((number >> shift) % 4)] }
      for (step, shift) in [(.settled, 0), (.walletChanged, 2), (.hangUp, 4), (.current, 6), (.carePlan, 8)]
        as [(InMemoryLiveTalkStore.Step, UInt64)]
      {
        live.happen(at: step, next(shift))
      }
      ledger.happen(at: .settle, next(10))
      ledger.happen(at: .account, next(12))
    }

    func reserve(_ user: UserID, version: Int64 = 1) async throws -> SessionID {
      let session = try SessionConsumerTests.session(of: user)
      _ = try await live.reserve(
        LiveTalkReservation(
          session: session, user: user, available: .minutes(10), walletVersion: version, takeOver: false))
      return session
    }
  }

  private static func session(of user: UserID, _ byte: UInt8 = .random(in: 0...255)) throws -> SessionID {
    try #require(SessionID(shard: Shard(of: user), random: (0..<16).map { $0 == 0 ? byte : .random(in: 0...255) }))
  }

  @Test("each talk is charged once", arguments: UInt64(1)...20)
  func settler(seed: UInt64) async throws {
    let stage = Stage()
    let user = UserID(UUID())
    stage.ledger.credit(user, .minutes(600))
    let before = stage.ledger.purse(of: user).available
    let talks = try (Int64(1)...20).map { number in
      TalkEnded(
        userID: user, sessionID: try Self.session(of: user, UInt8(number)), charged: .seconds(number), endReason: .user,
        forgiven: .zero, beats: 1, trace: nil)
    }
    let events = try talks.map { talk in
      try Envelopes.envelope(talk, id: try #require(EventID("session.ended:\(talk.sessionID)")))
    }
    let settler = try stage.consumer(.settler, Shard(of: user))
    let report = await UnreliableEventBus(seed: seed).deliver(events, to: settler, trouble: stage.trouble)
    #expect(report.buried.isEmpty && report.duplicates > 0 && report.overtaken > 0 && report.failures > 0)
    // 1 + 2 + … + 20 seconds.
    #expect(before.milliseconds - stage.ledger.purse(of: user).available.milliseconds == 210_000)
    for talk in talks {
      let entries = try await stage.ledger.proof(of: talk.sessionID)?.entries ?? []
      #expect(entries.filter { $0.kind == "settlement" }.count == 1)
    }
  }

  @Test("a live talk has the newest wallet at the end, whatever came when", arguments: UInt64(1)...20)
  func wallets(seed: UInt64) async throws {
    let stage = Stage()
    let user = UserID(UUID())
    let session = try await stage.reserve(user)
    let changes = (Int64(2)...30).map { version in
      WalletChanged(
        userID: user, version: version, available: .seconds(600 + (version * 37) % 200), frozen: false)
    }
    let wallet = try stage.consumer(.wallets)
    let events = try changes.map { try Envelopes.envelope($0) }
    let report = await UnreliableEventBus(seed: seed).deliver(events, to: wallet, trouble: stage.trouble)
    #expect(report.buried.isEmpty && report.duplicates > 0 && report.overtaken > 0)
    let orderly = Stage()
    _ = try await orderly.live.reserve(
      LiveTalkReservation(session: session, user: user, available: .minutes(10), walletVersion: 1, takeOver: false))
    for event in events { try await orderly.consumer(.wallets).handle(event) }
    let (found, expected) = (try await stage.live.read(session), try await orderly.live.read(session))
    #expect(found?.walletVersion == 30 && found?.remaining == expected?.remaining)
  }

  @Test(
    "a closed account's talk ends once, and that of an account that was enabled again goes on",
    arguments: UInt64(1)...20)
  func accounts(seed: UInt64) async throws {
    let stage = Stage()
    let (deleted, disabled, enabled) = (UserID(UUID()), UserID(UUID()), UserID(UUID()))
    var sessions: [SessionID] = []
    for user in [deleted, disabled, enabled] { sessions.append(try await stage.reserve(user)) }
    stage.ledger.closeAccount(of: disabled)
    var events = [
      try Envelopes.envelope(UserDeleted(userID: deleted)), try Envelopes.envelope(UserDisabled(userID: disabled)),
      try Envelopes.envelope(UserDisabled(userID: enabled)),
    ]
    for _ in 0..<10 { events.append(try Envelopes.envelope(UserDeleted(userID: UserID(UUID())))) }
    let report = await UnreliableEventBus(seed: seed).deliver(
      events, to: try stage.consumer(.accounts), trouble: stage.trouble)
    #expect(report.buried.isEmpty)
    let ended = stage.live.ended
    #expect(ended.count == 2 && Set(ended.map(\.userID)) == [deleted, disabled])
    #expect(ended.allSatisfy { $0.endReason == .accountClosed })
    #expect(try await stage.live.read(sessions[2])?.state != .ended)
  }

  @Test("the best outcome of a care plan stays, whatever came when", arguments: UInt64(1)...20)
  func carePlans(seed: UInt64) async throws {
    let stage = Stage()
    let users = (0..<10).map { _ in UserID(UUID()) }
    var (events, sessions): ([EventEnvelope], [SessionID]) = ([], [])
    for user in users {
      let session = try await stage.reserve(user)
      sessions.append(session)
      // An operator's retry has made it.
      events.append(try Envelopes.envelope(CarePlanFinished(userID: user, sessionID: session, status: "failed")))
      events.append(try Envelopes.envelope(CarePlanFinished(userID: user, sessionID: session, status: "ready")))
    }
    let report = await UnreliableEventBus(seed: seed).deliver(
      events, to: try stage.consumer(.carePlans), trouble: stage.trouble)
    #expect(report.buried.isEmpty && report.duplicates > 0)
    for session in sessions { #expect(stage.live.plan(of: session) == "ready") }
    let later = try zip(users, sessions).map { user, session in
      try Envelopes.envelope(CarePlanFinished(userID: user, sessionID: session, status: "failed"))
    }
    let again = await UnreliableEventBus(seed: seed).deliver(
      later + events, to: try stage.consumer(.carePlans), trouble: stage.trouble)
    #expect(again.buried.isEmpty)
    for session in sessions { #expect(stage.live.plan(of: session) == "ready") }
  }

  @Test("what the ledger refuses is buried after its tries, and everything else goes on")
  func refused() async throws {
    let stage = Stage()
    let (owner, thief) = (UserID(UUID()), UserID(UUID()))
    stage.ledger.credit(owner, .minutes(10))
    let session = try Self.session(of: owner)
    func end(_ user: UserID) throws -> EventEnvelope {
      try Envelopes.envelope(
        TalkEnded(
          userID: user, sessionID: session, charged: .seconds(1), endReason: .user, forgiven: .zero, beats: 1,
          trace: nil))
    }
    let settler = try stage.consumer(.settler, Shard(of: owner))
    try await settler.handle(try end(owner))
    let wrong = try end(thief)
    let report = await UnreliableEventBus(seed: 1).deliver([wrong, try end(owner)], to: settler)
    #expect(report.buried == [wrong])
  }

  @Test("an event whose data is not that of its type is buried at once")
  func undecodable() async throws {
    let stage = Stage()
    for (group, type) in [
      (.settler, TalkEnded.type), (.wallets, WalletChanged.type), (.accounts, UserDeleted.type),
      (.accounts, UserDisabled.type), (.carePlans, CarePlanFinished.type),
    ] as [(ConsumerGroupName, String)] {
      let consumer = try stage.consumer(group)
      #expect(await Envelopes.isBuriedAtOnce(undecodable: type, by: consumer), "\(type)")
    }
    #expect(stage.live.steps.isEmpty)
  }

  @Test("every event that is not for a consumer is passed over")
  func foreign() async throws {
    let stage = Stage()
    let event = EventEnvelope(
      id: EventID(UUID()), source: "/talktime/test", type: "something.new", subject: "s", time: nil, data: "{}")
    for consumer in stage.consumers { try await consumer.handle(event) }
    #expect(stage.live.steps.isEmpty)
  }
}
