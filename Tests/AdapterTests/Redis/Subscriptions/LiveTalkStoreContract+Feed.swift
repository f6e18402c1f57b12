import Application
import Domain
import Foundation
import Synchronization
import TestInfrastructure
import Testing

extension LiveTalkStoreContract {
  @Suite("the changes of talks", .timeLimit(.minutes(1)))
  struct Feeds {
    @Test("each change of a talk is published, numbered, with its figures", arguments: TalkStoreKind.allCases)
    func changes(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          let session = try await person.live(granted: .seconds(62))
          try await store.advance(.seconds(3))
          _ = try await person.walletChanged(version: 7, available: .zero)
          _ = try await person.accepted(session, seq: 2)
          _ = try await person.walletChanged(version: 8, available: .minutes(10))
          _ = try await person.talks.hangUp(session, user: nil, .operator)
          try await store.talks.carePlan("skipped", of: session)
          try await store.talks.carePlan("failed", of: session)
          try await store.talks.carePlan("skipped", of: session)
          let heard = try await ear.changes(of: session, 5)
          #expect(heard.map(\.kind) == [.remaining, .low, .toppedUp, .ended, .carePlan])
          #expect(heard.map(\.version) == [1, 2, 3, 4, 5])
          #expect(heard.map(\.remaining.milliseconds) == [62_000, 59_000, 659_000, 659_000, 659_000])
          #expect(heard.map(\.charged.milliseconds) == [0, 3_000, 3_000, 3_000, 3_000])
          #expect(heard.map(\.state) == [.live, .live, .live, .ended, .ended])
          #expect(heard.map(\.endReason) == [nil, nil, nil, .operator, .operator])
          #expect(heard.map(\.carePlan) == [nil, nil, nil, nil, "skipped"])
          #expect(heard.allSatisfy { $0.user == person.user })
        }
      }
    }

    @Test(
      "a better result of a care plan is published after a worse one, and a worse or equal one is not",
      arguments: TalkStoreKind.allCases)
    func carePlans(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let statuses = CarePlanResult.allCases.map(\.rawValue) + ["later"]
          for first in statuses {
            for second in statuses {
              let person = TalkPerson(talks: store.talks)
              let session = try await person.live()
              _ = try await person.talks.hangUp(session, user: nil, .operator)
              for status in [first, second, "ready"] { try await store.talks.carePlan(status, of: session) }
              var told: [String] = []
              for status in [first, second, "ready"] where CarePlanResult.isNews(status, after: told.last) {
                told.append(status)
              }
              #expect(try await ear.changes(of: session, 1 + told.count).compactMap(\.carePlan) == told)
              let found = try await store.feed.look(person.watch(session))
              #expect(found.carePlan == "ready" && found.version == Int64(1 + told.count))
            }
          }
        }
      }
    }

    @Test("a talk that ends by itself is published by the step that finds it", arguments: TalkStoreKind.allCases)
    func byItself(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          let first = try await person.live()
          try await store.advance(.seconds(11))
          #expect(try await ear.changes(of: first, 1).map(\.endReason) == [.gap])
          let second = try await person.live()
          #expect(try await person.reserve(try person.newSession(), takeOver: true) == .tookOver(second))
          #expect(try await ear.changes(of: second, 1).map(\.endReason) == [.takenOver])
        }
      }
    }

    @Test(
      "a subscription gets the talk's state, with the number of its last change", arguments: TalkStoreKind.allCases)
    func stands(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        let watch = person.watch(session)
        let fresh = try await store.feed.join(watch, as: TalkSubscriptionID("a"))
        #expect(fresh.kind == .remaining && fresh.version == 0 && fresh.state == .live)
        #expect(fresh.session == session && fresh.user == person.user && fresh.remaining == .minutes(10))
        _ = try await person.walletChanged(version: 9, available: .minutes(19))
        try await store.advance(.seconds(2))
        _ = try await person.accepted(session, seq: 2)
        let later = try await store.feed.look(watch)
        #expect(later.version == 1 && later.remaining == .seconds(1_198) && later.charged == .seconds(2))
        _ = try await person.talks.hangUp(session, user: nil, .user)
        try await store.talks.carePlan("ready", of: session)
        let over = try await store.feed.look(watch)
        #expect(over.kind == .ended && over.version == 3 && over.endReason == .user && over.carePlan == "ready")
      }
    }

    @Test("a check finds an end that no step has found, and it is published", arguments: TalkStoreKind.allCases)
    func findsTheEnd(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          let session = try await person.live(granted: .seconds(1), isFinal: true)
          try await store.goAway(.seconds(2))
          let found = try await store.feed.look(person.watch(session))
          #expect(found.kind == .ended && found.endReason == .exhausted && found.charged == .seconds(1))
          // The store may have checked its clock in many ticks, but there must be one change.
          let told = try await ear.changes(of: session, 2)
          #expect(told.map(\.kind) == [.low, .ended] && told.last?.version == found.version)
        }
      }
    }

    @Test(
      "a subscription to another user's talk, to no talk, or with a revoked token is refused",
      arguments: TalkStoreKind.allCases)
    func refusals(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let (person, other) = (TalkPerson(talks: store.talks), TalkPerson(talks: store.talks))
        let session = try await person.live()
        await #expect(throws: TalkSubscriptionError.notFound) { try await store.feed.look(other.watch(session)) }
        await #expect(throws: TalkSubscriptionError.notFound) {
          try await store.feed.join(person.watch(try person.newSession()), as: TalkSubscriptionID("a"))
        }
        try await store.revokeAll(of: person.user, issuedUpTo: 999)
        _ = try await store.feed.look(person.watch(session))
        try await store.revokeAll(of: person.user, issuedUpTo: 1_000)
        await #expect(throws: TalkSubscriptionError.revoked) { try await store.feed.look(person.watch(session)) }
        try await store.loseRevocations()
        await #expect(throws: TalkSubscriptionError.unavailable) { try await store.feed.look(person.watch(session)) }
      }
    }

    @Test("of five subscriptions the oldest ends, unless one has left", arguments: TalkStoreKind.allCases)
    func crowd(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          let watch = person.watch(try await person.live())
          for name in ["a", "b", "c", "d"] { _ = try await store.feed.join(watch, as: TalkSubscriptionID(name)) }
          await store.feed.leave(watch, as: TalkSubscriptionID("b"))
          _ = try await store.feed.join(watch, as: TalkSubscriptionID("e"))
          _ = try await store.feed.join(watch, as: TalkSubscriptionID("f"))
          _ = try await store.feed.join(watch, as: TalkSubscriptionID("g"))
          #expect(
            try await ear.words(2) { if case .replaced = $0 { true } else { false } }
              == [.replaced(TalkSubscriptionID("a")), .replaced(TalkSubscriptionID("c"))])
        }
      }
    }

    @Test("a subscription that replaces another does not count twice", arguments: TalkStoreKind.allCases)
    func renewed(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          let session = try await person.live()
          let watch = person.watch(session)
          for name in ["a", "b", "c", "d"] { _ = try await store.feed.join(watch, as: TalkSubscriptionID(name)) }
          _ = try await store.feed.join(
            person.watch(session, instead: TalkSubscriptionID("c")), as: TalkSubscriptionID("e"))
          _ = try await store.feed.join(watch, as: TalkSubscriptionID("f"))
          _ = try await store.feed.join(watch, as: TalkSubscriptionID("g"))
          #expect(
            try await ear.words(2) { if case .replaced = $0 { true } else { false } }
              == [.replaced(TalkSubscriptionID("a")), .replaced(TalkSubscriptionID("b"))])
        }
      }
    }

    @Test("a revocation is published with its device or cutoff", arguments: TalkStoreKind.allCases)
    func revocations(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        try await Ear.with(store.feed) { ear in
          let person = TalkPerson(talks: store.talks)
          try await store.revoke(person.device, of: person.user)
          try await store.revokeAll(of: person.user, issuedUpTo: 1_234)
          #expect(
            try await ear.words(2) { if case .revoked(person.user, _, _) = $0 { true } else { false } }
              == [.revoked(person.user, person.device, upTo: 0), .revoked(person.user, nil, upTo: 1_234)])
        }
      }
    }

    @Test(
      "a care plan of a talk that the store has deleted is published to no subscription",
      arguments: TalkStoreKind.allCases)
    func forgotten(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try person.newSession()
        try await store.talks.carePlan("ready", of: session)
        await #expect(throws: TalkSubscriptionError.notFound) { try await store.feed.look(person.watch(session)) }
      }
    }
  }
}

extension TalkPerson {
  func watch(_ session: SessionID, instead: TalkSubscriptionID? = nil) -> TalkSubscriptionRequest {
    TalkSubscriptionRequest(
      session: session, user: user, device: device, issuedAt: 1_000, isSteady: false, instead: instead)
  }
}

/// Listens to a feed and records its messages.
private final class Ear: Sendable {
  private let heard = Mutex<[TalkBroadcastMessage]>([])

  static func with(_ feed: some TalkFeed, _ body: (Ear) async throws -> Void) async throws {
    let ear = Ear()
    let listening = Task { await feed.listen { word in ear.heard.withLock { $0.append(word) } } }
    defer { listening.cancel() }
    #expect(try await ear.words(1) { $0 == .begins }.count == 1)
    try await body(ear)
  }

  func changes(of session: SessionID, _ count: Int) async throws -> [TalkUpdate] {
    try await words(count) { if case .change(let change) = $0 { change.session == session } else { false } }
      .compactMap { if case .change(let change) = $0 { change } else { nil } }
  }

  /// The messages, once there are that many or more.
  func words(_ count: Int, _ isMeant: @escaping (TalkBroadcastMessage) -> Bool) async throws -> [TalkBroadcastMessage] {
    let found: [TalkBroadcastMessage]? = await eventually {
      let meant = heard.withLock { $0 }.filter(isMeant)
      return meant.count >= count ? meant : nil
    }
    return try #require(found)
  }
}
