import Application
import Domain
import FoundationEssentials
import Synchronization

/// The subscriptions of this instance. The store sends each change of a talk once to each instance; the hub delivers it
/// to the talk's subscriptions, once and in order.
public final class TalkSubscriptionHub: TalkSubscriptionProvider {
  private struct State {
    var board = TalkSubscriptionRegistry()
    var isLeaving = false
  }

  private let feed: any TalkFeed
  private let clock: any WallClock
  private let random: any RandomSource
  private let state = Mutex(State())

  public init(feed: any TalkFeed, clock: any WallClock, random: any RandomSource) {
    self.feed = feed
    self.clock = clock
    self.random = random
  }

  /// The number of subscriptions.
  public var count: Int { state.withLock { $0.board.count } }

  public func subscribe(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError)
    -> TalkSubscriptionStream
  {
    let id = TalkSubscriptionID(random: random)
    let inbox = TalkSubscriptionBuffer { [weak self] in self?.left(request, id) }
    // If the caller stops before the talk was found, releasing the stream removes the subscription.
    let stream = TalkSubscriptionStream(inbox, subscription: id)
    // The subscription is added before the talk's state is read; changes that arrive in between are kept until then.
    let isOpen = state.withLock { state in
      if !state.isLeaving { state.board.add(TalkSubscription(request, inbox: inbox, at: clock.now()), id) }
      return !state.isLeaving
    }
    guard isOpen else { throw .leaving }
    let found = try await feed.join(request, as: id)
    state.withLock { $0.board.begin(id, with: found, at: clock.now()) }
    return stream
  }

  private func left(_ request: TalkSubscriptionRequest, _ id: TalkSubscriptionID) {
    let isKnown = state.withLock { state in
      defer { state.board.remove(id) }
      return state.board.hasBegun(id)
    }
    let feed = feed
    Task {
      // If joining is still in progress, waits until the store knows the subscription.
      if !isKnown { try? await Task.sleep(for: .seconds(1)) }
      await feed.leave(request, as: id)
    }
  }

  // MARK: background work

  /// Runs until the task is cancelled; then all subscriptions are informed that this instance shuts down.
  public func run() async {
    await withTaskGroup { group in
      group.addTask { await self.listen() }
      group.addTask { await self.lookOut() }
    }
    state.withLock { state in
      state.isLeaving = true
      state.board.endAll(with: .leaving)
    }
  }

  private func listen() async {
    while !Task.isCancelled {
      await feed.listen { message in await self.heard(message) }
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  private func lookOut() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(500))
      await turn()
    }
  }

  /// Handles everything that is due by the clock: quiet signs, reads of the store, and subscriptions that have lasted
  /// long enough.
  func turn() async {
    await look(at: state.withLock { $0.board.due(at: clock.now()) })
  }

  func heard(_ message: TalkBroadcastMessage) async {
    switch message {
    case .begins: await look(at: state.withLock { $0.board.all })
    case .change(let change): state.withLock { $0.board.tell(change, at: clock.now()) }
    case .replaced(let id): state.withLock { $0.board.end(id, with: .replaced) }
    case .revoked(let user, let device, let second):
      state.withLock { $0.board.revoke(user, device, upTo: second) }
    }
  }

  /// In batches, so that beats do not wait behind ten thousand reads.
  private func look(at subscriptions: [(id: TalkSubscriptionID, request: TalkSubscriptionRequest)]) async {
    var rest = subscriptions[...]
    while !rest.isEmpty, !Task.isCancelled {
      await withTaskGroup { group in
        for (id, request) in rest.prefix(256) { group.addTask { await self.look(at: id, request) } }
      }
      rest = rest.dropFirst(256)
    }
  }

  private func look(at id: TalkSubscriptionID, _ request: TalkSubscriptionRequest) async {
    do throws(TalkSubscriptionError) {
      let found = try await feed.look(request)
      state.withLock { $0.board.refresh(id, with: found, at: clock.now()) }
    } catch {
      switch error {
      case .revoked: state.withLock { $0.board.end(id, with: .revoked) }
      // The store no longer has the talk: no more changes will come.
      case .notFound: state.withLock { $0.board.end(id, with: nil) }
      // The missed changes are still unknown.
      case .unavailable: state.withLock { $0.board.lookAgain(at: id) }
      case .leaving: break
      }
    }
  }
}
