import Domain
import FoundationEssentials
import Synchronization

/// Those who watch talks over this instance. The store says what becomes of a talk, once to each instance; here it is
/// told to whom it concerns, each change once and in order.
public final class SubscriptionHub: TalkSubscriber {
  private struct State {
    var board = SubscriptionRegistry()
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

  /// How many watch.
  public var count: Int { state.withLock { $0.board.count } }

  public func subscribe(_ request: SubscriptionRequest) async throws(SubscriptionError) -> SubscriptionStream {
    let id = SubscriptionID(random: random)
    let inbox = SubscriptionBuffer { [weak self] in self?.left(request, id) }
    // Whoever leaves before the talk was found takes the watcher along.
    let stream = SubscriptionStream(inbox, subscription: id)
    // Before the look: what comes between the two is kept for after it.
    let isOpen = state.withLock { state in
      if !state.isLeaving { state.board.add(Subscription(request, inbox: inbox, at: clock.now()), id) }
      return !state.isLeaving
    }
    guard isOpen else { throw .leaving }
    let found = try await feed.join(request, as: id)
    state.withLock { $0.board.begin(id, with: found, at: clock.now()) }
    return stream
  }

  private func left(_ request: SubscriptionRequest, _ id: SubscriptionID) {
    let isKnown = state.withLock { state in
      defer { state.board.remove(id) }
      return state.board.hasBegun(id)
    }
    let feed = feed
    Task {
      // Not before the store has heard of the watcher, whose joining may be under way.
      if !isKnown { try? await Task.sleep(for: .seconds(1)) }
      await feed.leave(request, as: id)
    }
  }

  // MARK: what is to be done meanwhile

  /// Until the task is cancelled; then everybody hears that this instance goes away.
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

  /// One look at the clock: who hears a word though nothing happened, and who has watched long enough.
  func turn() async {
    await look(at: state.withLock { $0.board.due(at: clock.now()) })
  }

  func heard(_ message: FeedMessage) async {
    switch message {
    case .begins: await look(at: state.withLock { $0.board.all })
    case .change(let change): state.withLock { $0.board.tell(change, at: clock.now()) }
    case .replaced(let id): state.withLock { $0.board.end(id, with: .replaced) }
    case .revoked(let user, let device, let second):
      state.withLock { $0.board.revoke(user, device, upTo: second) }
    }
  }

  /// In handfuls, so that beats do not wait behind ten thousand looks.
  private func look(at subscriptions: [(id: SubscriptionID, request: SubscriptionRequest)]) async {
    var rest = subscriptions[...]
    while !rest.isEmpty, !Task.isCancelled {
      await withTaskGroup { group in
        for (id, request) in rest.prefix(256) { group.addTask { await self.look(at: id, request) } }
      }
      rest = rest.dropFirst(256)
    }
  }

  private func look(at id: SubscriptionID, _ request: SubscriptionRequest) async {
    do throws(SubscriptionError) {
      let found = try await feed.look(request)
      state.withLock { $0.board.refresh(id, with: found, at: clock.now()) }
    } catch {
      switch error {
      case .revoked: state.withLock { $0.board.end(id, with: .revoked) }
      // The store has forgotten the talk: there is nothing more to hear.
      case .notFound: state.withLock { $0.board.end(id, with: nil) }
      // What was missed is still not known.
      case .unavailable: state.withLock { $0.board.lookAgain(at: id) }
      case .leaving: break
      }
    }
  }
}
