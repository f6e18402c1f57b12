import Application
import Domain
import Fakes
import FoundationEssentials
import Logging
import NIOPosix
import ServiceLifecycle
import SubscriptionsAdapter
import Synchronization
import TestInfrastructure
import Testing

@testable import LiveLinkAdapter

/// A server of links over the fakes, with a talk of one user. The test decides what the talk's subscriptions receive.
final class LinkStage: Sendable {
  let live = InMemoryLiveTalkStore()
  let ledger = InMemoryTalkLedger()
  let tokens = GivenTokens()
  let watched = GivenEvents()
  let clock = FakeClock()
  let user = UserID(UUID())
  let device = DeviceID(UUID())
  let session: SessionID
  private let server = Mutex<LinkServer?>(nil)
  private let stop = Mutex<ServiceGroup?>(nil)

  /// With a talk of ten minutes, of which the first minute is held.
  private init() async throws {
    ledger.credit(user, .minutes(10))
    let (agent, settle) = (FakeVoiceAgent(), SettleTalk(live: live, ledger: ledger))
    let start = StartTalk(
      live: live, ledger: ledger, history: ledger,
      invite: GetConversationURL(agents: agent, conversations: ledger),
      interrupted: FindInterruptedConversation(live: live, settle: settle, conversations: ledger, agents: agent),
      random: FakeRandom(), settle: settle)
    session = try await start(user: user, wish: ConversationRequest(agent: "agent"), takeOver: false).id
    tokens.know("good", claims(of: user))
  }

  func claims(of user: UserID, expiresIn: Double = 3_600) -> AccessTokenClaims {
    let now = clock.now()
    return AccessTokenClaims(
      userID: user, deviceID: device, scope: [], issuedAt: now, authenticatedAt: now, expiresAt: now + expiresIn)
  }

  static func with(
    limits: LinkFrameLimits = .production, times: LinkTimeLimits = LinkTimeLimits(look: .milliseconds(20)),
    isReady: Bool = true,
    publicURL: String = "http://talk.test:8080", _ body: @Sendable (LinkStage) async throws -> Void
  ) async throws {
    let stage = try await LinkStage()
    let server = stage.makeServer(limits, times, publicURL, isReady)
    let group = ServiceGroup(services: [server], logger: Logger(label: "links"))
    stage.server.withLock { $0 = server }
    stage.stop.withLock { $0 = group }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      let listens: Bool? = await eventually { server.localAddress == nil ? nil : true }
      try #require(listens != nil)
      do {
        try await body(stage)
      } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  private func makeServer(
    _ limits: LinkFrameLimits, _ times: LinkTimeLimits, _ publicURL: String, _ isReady: Bool
  ) -> LinkServer {
    let settle = SettleTalk(live: live, ledger: ledger)
    return LinkServer(
      LinkDependencies(
        join: SubscribeToTalk(tokens: tokens, revocations: tokens, talks: watched),
        beat: TakeHeartbeat(live: live, slices: NoSlices()),
        end: EndTalk(live: live, ledger: ledger, history: ledger, settle: settle, within: .seconds(20)), clock: clock,
        interval: 5_000,
        limits: limits, times: times),
      address: LinkServerAddress(host: "127.0.0.1", port: 0, publicURL: publicURL),
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "links"), isReady: { isReady })
  }

  /// Shuts the server down as a service does.
  func shutDown() async { await stop.withLock { $0 }?.triggerGracefulShutdown() }

  var count: Int { server.withLock { $0?.count.value ?? 0 } }

  func url(_ path: String? = nil) throws -> String {
    let port = try #require(server.withLock { $0?.localAddress?.port })
    return "ws://127.0.0.1:\(port)\(path ?? "/sessions/\(session.text)/link")"
  }

  func client(_ path: String? = nil) async throws -> LinkClient {
    try await LinkClient.open(try url(path))
  }

  /// A client that has authenticated and was admitted.
  func ready() async throws -> LinkClient {
    let client = try await client()
    client.send(#"{"type":"authenticate","access_token":"good"}"#)
    #expect(try await client.answer()["type"] as? String == "ready")
    return client
  }

  private struct NoSlices: SliceRequestQueue { func ask(for talk: LiveTalk, user: UserID) {} }
}

/// Tokens that the test has defined.
final class GivenTokens: AccessTokenVerifier, RevocationChecker {
  private struct State {
    var known: [String: AccessTokenClaims] = [:]
    var revoked: Set<DeviceID> = []
    var isAway = false
  }

  private let state = Mutex(State())

  func know(_ token: String, _ claims: AccessTokenClaims) { state.withLock { $0.known[token] = claims } }
  func revoke(_ device: DeviceID) { state.withLock { _ = $0.revoked.insert(device) } }
  func goAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  func verifiedBefore(_ token: String) -> AccessTokenClaims? { nil }

  func verify(_ token: String) async throws(AccessTokenError) -> AccessTokenClaims {
    if token == "expired" { throw .expired }
    guard let claims = state.withLock({ $0.known[token] }) else { throw .invalid }
    return claims
  }

  func isRevoked(_ claims: AccessTokenClaims) async throws(AccessTokenError) -> Bool {
    try state.withLock { state throws(AccessTokenError) in
      if state.isAway { throw .revocationsUnavailable }
      return state.revoked.contains(claims.deviceID)
    }
  }
}

/// The events of subscriptions: first the talk's state, then the test's events.
final class GivenEvents: TalkSubscriptionProvider {
  private struct State {
    var inboxes: [TalkSubscriptionBuffer] = []
    var watches: [TalkSubscriptionRequest] = []
    var gone = 0
    var first: TalkUpdate?
    var refusal: TalkSubscriptionError?
  }

  private let state = Mutex(State())

  var watches: [TalkSubscriptionRequest] { state.withLock { $0.watches } }
  /// The number of subscriptions that have ended.
  var gone: Int { state.withLock { $0.gone } }

  func tell(_ event: TalkSubscriptionEvent) { for inbox in state.withLock({ $0.inboxes }) { inbox.tell(event) } }

  /// Sets the talk's state for new subscriptions.
  func begin(with change: TalkUpdate) { state.withLock { $0.first = change } }

  func refuse(_ error: TalkSubscriptionError) { state.withLock { $0.refusal = error } }

  func subscribe(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError) -> TalkSubscriptionStream {
    if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    let inbox = TalkSubscriptionBuffer { [self] in state.withLock { $0.gone += 1 } }
    let first = state.withLock { state in
      state.inboxes.append(inbox)
      state.watches.append(request)
      return state.first
    }
    inbox.tell(.change(first ?? .of(request, .remaining)))
    return TalkSubscriptionStream(inbox)
  }
}

extension TalkUpdate {
  static func of(
    _ request: TalkSubscriptionRequest, _ kind: Kind, state: Meter.State = .starting,
    remaining: TalkTime = .minutes(10),
    charged: TalkTime = .zero, reason: EndReason? = nil
  ) -> TalkUpdate {
    TalkUpdate(
      kind: kind, version: 1, session: request.session, user: request.user, state: state, remaining: remaining,
      charged: charged, endReason: reason)
  }
}
