import Application
import Domain
import Fakes
import Foundation
import TestInfrastructure
import Testing

@testable import SubscriptionsAdapter

/// One user with a talk and its subscriptions.
final class TalkSubscriptionScene: Sendable {
  let live = InMemoryLiveTalkStore()
  let clock = FakeClock()
  let subscriptions: TalkSubscriptionHub
  let user = UserID(UUID())
  let device = DeviceID(UUID())

  init() { subscriptions = TalkSubscriptionHub(feed: live, clock: clock, random: FakeRandom()) }

  static func with(_ body: (TalkSubscriptionScene) async throws -> Void) async throws {
    let scene = TalkSubscriptionScene()
    let running = Task { await scene.subscriptions.run() }
    defer { running.cancel() }
    let listens: Bool? = await eventually { scene.live.listeners > 0 ? true : nil }
    try #require(listens == true)
    try await body(scene)
  }

  /// A live talk, with one minute held and nine more available.
  func talk() async throws -> SessionID {
    let session = try #require(
      SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
    _ = try await live.reserve(
      LiveTalkReservation(session: session, user: user, available: .minutes(10), walletVersion: 5, takeOver: false))
    _ = try await live.note(
      SliceGrant(cumulative: .minutes(1), slice: 1, walletVersion: 6, available: .minutes(9), isFinal: false),
      for: session)
    try await beat(session, after: .zero)
    return session
  }

  func beat(_ session: SessionID, after time: TalkTime) async throws {
    live.advance(time)
    _ = try await live.beat(Heartbeat(session: session, user: user, device: device, issuedAt: 1_000, seq: nil))
  }

  func subscribe(
    _ session: SessionID, device: DeviceID? = nil, expiresIn: Double? = nil, isSteady: Bool = false,
    instead: TalkSubscriptionID? = nil
  ) async throws -> HeardTalkUpdates {
    HeardTalkUpdates(
      try await subscriptions.subscribe(
        TalkSubscriptionRequest(
          session: session, user: user, device: device ?? self.device, issuedAt: 1_000,
          expiresAt: expiresIn.map { clock.now() + $0 }, isSteady: isSteady, instead: instead)))
  }
}

/// The events that one subscription receives.
final class HeardTalkUpdates {
  private var stream: TalkSubscriptionStream.Iterator
  let subscription: TalkSubscriptionID?

  init(_ stream: TalkSubscriptionStream) {
    self.stream = stream.makeAsyncIterator()
    subscription = stream.subscription
  }

  func next() async -> TalkSubscriptionEvent? { await stream.next() }

  func change() async -> TalkUpdate? {
    guard case .change(let change) = await next() else { return nil }
    return change
  }

  func kind() async -> TalkUpdate.Kind? { await change()?.kind }
}

extension InMemoryLiveTalkStore {
  func change(_ user: UserID, version: Int64, _ available: TalkTime) async throws {
    _ = try await walletChanged(WalletChanged(userID: user, version: version, available: available, frozen: false))
  }
}
