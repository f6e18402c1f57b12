import Application
import Domain
import Fakes
import Foundation
import TestInfrastructure
import Testing

@testable import SubscriptionsAdapter

/// Uses the fake store. The test controls the clock; `turn` runs the work that is due.
@Suite("Subscriptions to talks", .timeLimit(.minutes(1)))
struct TalkSubscriptionHubTests {
  @Test("a subscription first gets the talk's state, then each change once")
  func changes() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let heard = try await scene.subscribe(session)
      #expect(await heard.kind() == .remaining)
      try await scene.live.change(scene.user, version: 8, .minutes(20))
      #expect(await heard.kind() == .toppedUp)
      _ = try await scene.live.hangUp(session, user: nil, .user)
      #expect(await heard.kind() == .ended)
      try await scene.live.carePlan("ready", of: session)
      let plan = await heard.change()
      #expect(plan?.kind == .carePlan && plan?.carePlan == "ready" && plan?.version == 3)
      #expect(await heard.next() == nil)
      #expect(scene.subscriptions.count == 0)
    }
  }

  @Test("changes that were lost with the connection are found again, and delivered once")
  func lost() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let heard = try await scene.subscribe(session)
      #expect(await heard.kind() == .remaining)
      scene.live.deafen()
      try await scene.live.change(scene.user, version: 8, .minutes(20))
      let again = await heard.change()
      #expect(again?.kind == .remaining && again?.version == 1 && again?.remaining == .minutes(21))
      scene.live.deafen()
      _ = try await scene.live.hangUp(session, user: nil, .operator)
      try await scene.live.carePlan("skipped", of: session)
      let (end, plan) = (await heard.change(), await heard.change())
      #expect(end?.kind == .ended && end?.endReason == .operator && end?.carePlan == nil)
      #expect(plan?.kind == .carePlan && plan?.carePlan == "skipped")
      #expect(end.map { $0.version + 1 } == plan?.version)
      #expect(await heard.next() == nil)
    }
  }

  @Test("a plan that a retry makes is delivered to whoever was told that it has failed, and alone to who comes later")
  func retried() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      try await scene.live.carePlan("failed", of: session)
      let early = try await scene.subscribe(session)
      var heard = [await early.change(), await early.change()]
      #expect(heard.map { $0?.kind } == [.ended, .carePlan] && heard.last??.carePlan == "failed")
      // The same result again, as after a lost connection, is no event.
      try await scene.live.carePlan("failed", of: session)
      await scene.subscriptions.heard(.begins)
      try await scene.live.carePlan("ready", of: session)
      let made = await early.change()
      #expect(made?.kind == .carePlan && made?.carePlan == "ready" && made?.version == 3)
      #expect(await early.next() == nil)
      let late = try await scene.subscribe(session)
      heard = [await late.change(), await late.change()]
      #expect(heard.map { $0?.kind } == [.ended, .carePlan] && heard.last??.carePlan == "ready")
      #expect(await late.next() == nil)
    }
  }

  @Test("a plan that was made while the connection was lost is delivered after it has failed")
  func retriedUnheard() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      let heard = try await scene.subscribe(session)
      #expect(await heard.kind() == .ended)
      try await scene.live.carePlan("failed", of: session)
      #expect(await heard.change()?.carePlan == "failed")
      scene.live.deafen()
      try await scene.live.carePlan("ready", of: session)
      #expect(await heard.change()?.carePlan == "ready")
      #expect(await heard.next() == nil)
    }
  }

  @Test("a subscription that was told of a failed plan ends ten minutes after the end")
  func failed() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      try await scene.live.carePlan("failed", of: session)
      let heard = try await scene.subscribe(session)
      let events = [await heard.kind(), await heard.kind()]
      #expect(events == [.ended, .carePlan])
      scene.clock.advance(.seconds(600))
      await scene.subscriptions.turn()
      #expect(await heard.next() == nil)
    }
  }

  @Test("if the store cannot be read at once after a loss, it is read again")
  func lostAndAway() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let heard = try await scene.subscribe(session)
      #expect(await heard.kind() == .remaining)
      scene.live.happen(at: .look, .fails)
      scene.live.deafen()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      let listensAgain: Bool? = await eventually { scene.live.listeners > 0 ? true : nil }
      #expect(listensAgain == true)
      scene.live.happen(at: .look, nil)
      #expect(await heard.kind() == .ended)
    }
  }

  @Test("a check that overtakes a change does not suppress it")
  func overtaken() async throws {
    let scene = TalkSubscriptionScene()
    let session = try await scene.talk()
    let heard = try await scene.subscribe(session, isSteady: true)
    #expect(await heard.kind() == .remaining)
    try await scene.live.change(scene.user, version: 8, .minutes(20))
    scene.clock.advance(.seconds(5))
    await scene.subscriptions.turn()
    let looked = await heard.change()
    #expect(looked?.kind == .remaining && looked?.version == 1)
    await scene.subscriptions.heard(
      .change(
        TalkUpdate(
          kind: .toppedUp, version: 1, session: session, user: scene.user, state: .live, remaining: .minutes(21),
          charged: .zero)))
    #expect(await heard.kind() == .toppedUp)
  }

  @Test("an end is delivered although the store, which lost a second, uses its number twice")
  func rolledBack() async throws {
    let scene = TalkSubscriptionScene()
    let session = try await scene.talk()
    try await scene.live.change(scene.user, version: 8, .minutes(20))
    let heard = try await scene.subscribe(session)
    #expect(await heard.change()?.version == 1)
    for _ in 0..<2 {
      await scene.subscriptions.heard(
        .change(
          TalkUpdate(
            kind: .ended, version: 1, session: session, user: scene.user, state: .ended, remaining: .zero,
            charged: .zero, endReason: .gap)))
    }
    await scene.subscriptions.heard(
      .change(
        TalkUpdate(
          kind: .carePlan, version: 1, session: session, user: scene.user, state: .ended, remaining: .zero,
          charged: .zero, endReason: .gap, carePlan: "ready")))
    #expect(await heard.kind() == .ended)
    #expect(await heard.kind() == .carePlan)
  }

  @Test("a subscription that is renewed with a fresh token counts once")
  func renewed() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      var all: [HeardTalkUpdates] = []
      for _ in 0..<4 { all.append(try await scene.subscribe(session)) }
      let again = try await scene.subscribe(session, instead: all[0].subscription)
      #expect(scene.live.subscriptions(of: scene.user) == 4)
      _ = try await scene.live.hangUp(session, user: nil, .user)
      for subscription in all + [again] {
        #expect(await subscription.kind() == .remaining)
        #expect(await subscription.kind() == .ended)
      }
    }
  }

  @Test("a subscription after the end gets the end and the care plan")
  func late() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      let early = try await scene.subscribe(session)
      #expect(await early.kind() == .ended)
      try await scene.live.carePlan("ready", of: session)
      #expect(await early.kind() == .carePlan)
      let late = try await scene.subscribe(session)
      let heard = [await late.change(), await late.change()]
      #expect(heard.map { $0?.kind } == [.ended, .carePlan] && heard.map { $0?.version } == [1, 2])
      #expect(await late.next() == nil)
    }
  }

  @Test("a subscription without beats gets the remaining time every 5 s; one with beats does not")
  func steady() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let (steady, other) = (try await scene.subscribe(session, isSteady: true), try await scene.subscribe(session))
      #expect(await steady.kind() == .remaining)
      #expect(await other.kind() == .remaining)
      scene.clock.advance(.milliseconds(4_900))
      await scene.subscriptions.turn()
      try await scene.beat(session, after: .seconds(5))
      scene.clock.advance(.milliseconds(100))
      await scene.subscriptions.turn()
      let heard = await steady.change()
      #expect(heard?.kind == .remaining && heard?.charged == .seconds(5) && heard?.version == 0)
      // The other subscription's next event is a different one.
      _ = try await scene.live.hangUp(session, user: nil, .user)
      #expect(await other.kind() == .ended)
    }
  }

  @Test("a message every 15 s keeps a stream open after the end, for ten minutes")
  func quiet() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      _ = try await scene.live.hangUp(session, user: nil, .user)
      let heard = try await scene.subscribe(session, isSteady: true)
      #expect(await heard.kind() == .ended)
      scene.clock.advance(.seconds(15))
      await scene.subscriptions.turn()
      #expect(await heard.next() == .quiet)
      scene.clock.advance(.seconds(585))
      await scene.subscriptions.turn()
      #expect(await heard.next() == nil)
    }
  }

  @Test("a token's revocation or expiry ends its subscription; a revocation of another device does not")
  func revoked() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let phone = DeviceID(UUID())
      let here = try await scene.subscribe(session)
      let there = try await scene.subscribe(session, device: phone)
      let brief = try await scene.subscribe(session, device: phone, expiresIn: 60)
      for subscription in [here, there, brief] { #expect(await subscription.kind() == .remaining) }
      scene.live.revoke(scene.device, of: scene.user)
      #expect(await here.next() == .revoked)
      #expect(await here.next() == nil)
      scene.clock.advance(.seconds(60))
      await scene.subscriptions.turn()
      #expect(await brief.next() == .revoked)
      scene.live.revokeAll(of: scene.user, issuedUpTo: 999)
      scene.live.revokeAll(of: scene.user, issuedUpTo: 1_000)
      #expect(await there.next() == .revoked)
      #expect(scene.subscriptions.count == 0)
    }
  }

  @Test("the next check finds a revocation whose message was lost")
  func revokedUnheard() async throws {
    try await TalkSubscriptionScene.with { scene in
      let heard = try await scene.subscribe(try await scene.talk(), isSteady: true)
      #expect(await heard.kind() == .remaining)
      scene.live.deafen()
      scene.live.revoke(scene.device, of: scene.user)
      #expect(await heard.next() == .revoked)
    }
  }

  @Test("a fifth subscription ends the first one")
  func crowd() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      var all: [HeardTalkUpdates] = []
      for _ in 0..<5 { all.append(try await scene.subscribe(session)) }
      for subscription in all { #expect(await subscription.kind() == .remaining) }
      #expect(await all[0].next() == .replaced)
      #expect(await all[0].next() == nil)
      _ = try await scene.live.hangUp(session, user: nil, .user)
      for subscription in all.dropFirst() { #expect(await subscription.kind() == .ended) }
    }
  }

  @Test("a cancelled subscription is removed, here and in the store")
  func leaves() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      for _ in 0..<8 { _ = try await scene.subscribe(session).kind() }
      let forgotten: Bool? = await eventually { scene.subscriptions.count == 0 ? true : nil }
      #expect(forgotten == true)
      let stays = try await scene.subscribe(session)
      for _ in 0..<5 {
        _ = try await scene.subscribe(session).kind()
        let isAlone: Bool? = await eventually { scene.live.subscriptions(of: scene.user) == 1 ? true : nil }
        #expect(isAlone == true)
      }
      #expect(await stays.kind() == .remaining)
      _ = try await scene.live.hangUp(session, user: nil, .user)
      #expect(await stays.kind() == .ended)
    }
  }

  @Test("a refused subscription gets its reason and leaves nothing behind")
  func refused() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      await #expect(throws: TalkSubscriptionError.notFound) {
        try await scene.subscriptions.subscribe(
          TalkSubscriptionRequest(
            session: session, user: UserID(UUID()), device: scene.device, issuedAt: 1_000, isSteady: false))
      }
      scene.live.happen(at: .look, .fails)
      await #expect(throws: TalkSubscriptionError.unavailable) { try await scene.subscribe(session) }
      scene.live.happen(at: .look, nil)
      scene.live.revoke(scene.device, of: scene.user)
      await #expect(throws: TalkSubscriptionError.revoked) { try await scene.subscribe(session) }
      #expect(scene.subscriptions.count == 0)
    }
  }

  @Test("an instance that shuts down announces it, and accepts no subscription")
  func leaving() async throws {
    let scene = TalkSubscriptionScene()
    let running = Task { await scene.subscriptions.run() }
    let session = try await scene.talk()
    let heard = try await scene.subscribe(session)
    #expect(await heard.kind() == .remaining)
    running.cancel()
    #expect(await heard.next() == .leaving)
    #expect(await heard.next() == nil)
    await running.value
    await #expect(throws: TalkSubscriptionError.leaving) { try await scene.subscribe(session) }
  }

  @Test("a subscriber that does not read gets a notice that it lags behind, and no changes are kept for it")
  func lagging() async throws {
    try await TalkSubscriptionScene.with { scene in
      let session = try await scene.talk()
      let heard = try await scene.subscribe(session)
      for version in 8...30 {
        try await scene.live.change(scene.user, version: Int64(version), .minutes(Int64(version)))
      }
      let gone: Bool? = await eventually { scene.subscriptions.count == 0 ? true : nil }
      #expect(gone == true)
      #expect(await heard.next() == .lagging)
      #expect(await heard.next() == nil)
    }
  }
}
