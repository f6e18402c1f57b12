import Synchronization

/// What one watcher hears, in order. Whoever lets go of it has stopped listening.
public final class SubscriptionStream: AsyncSequence, Sendable {
  public typealias Element = SubscriptionEvent
  public typealias Failure = Never

  private let inbox: SubscriptionBuffer
  /// Under which name the store counts the watcher; nil where it does not.
  public let subscription: SubscriptionID?

  public init(_ inbox: SubscriptionBuffer, subscription: SubscriptionID? = nil) {
    self.inbox = inbox
    self.subscription = subscription
  }

  deinit { inbox.leave() }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: SubscriptionStream

    public mutating func next() async -> SubscriptionEvent? { await stream.inbox.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> SubscriptionEvent? {
      await stream.inbox.next()
    }
  }
}

/// What one watcher is still to be told. It never grows beyond a few words: of what remains only the newest counts, and
/// who leaves more than that unread hears that it lags behind, and nothing more.
public final class SubscriptionBuffer: Sendable {
  /// As many unread notices there may be.
  static let most = 8

  fileprivate struct State {
    var unread: [SubscriptionEvent] = []
    var reader: UnsafeContinuation<SubscriptionEvent?, Never>?
    var isOver = false
    var onLeave: (@Sendable () -> Void)?
  }

  private let state: Mutex<State>

  /// - Parameter onLeave: called once, when nobody listens any more.
  public init(onLeave: (@Sendable () -> Void)? = nil) { state = Mutex(State(onLeave: onLeave)) }

  /// - Returns: false where nothing more can be told: it is over, or the watcher lags behind.
  @discardableResult
  public func tell(_ event: SubscriptionEvent) -> Bool {
    let (reader, goesOn) = state.withLock { state -> (UnsafeContinuation<SubscriptionEvent?, Never>?, Bool) in
      if state.isOver { return (nil, false) }
      guard let reader = state.reader else { return (nil, state.keep(event)) }
      state.reader = nil
      return (reader, true)
    }
    reader?.resume(returning: event)
    return goesOn
  }

  /// Nothing more comes after what is still unread.
  public func finish() {
    let reader = state.withLock { state in
      state.isOver = true
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: nil)
  }

  func leave() {
    finish()
    let onLeave = state.withLock { state in
      state.unread = []
      defer { state.onLeave = nil }
      return state.onLeave
    }
    onLeave?()
  }

  /// For one reader: a second one would take the first one's words, and hears that it is over.
  fileprivate func next() async -> SubscriptionEvent? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { reader in
        let (event, isNow) = state.withLock { state -> (SubscriptionEvent?, Bool) in
          if !state.unread.isEmpty { return (state.unread.removeFirst(), true) }
          if state.isOver || state.reader != nil { return (nil, true) }
          state.reader = reader
          return (nil, false)
        }
        if isNow { reader.resume(returning: event) }
      }
    } onCancel: {
      leave()
    }
  }
}

extension SubscriptionBuffer.State {
  /// Whether there was room.
  fileprivate mutating func keep(_ event: SubscriptionEvent) -> Bool {
    if event == .quiet, !unread.isEmpty { return true }
    if event.isWhatRemains { unread.removeAll(where: \.isWhatRemains) }
    guard unread.count < SubscriptionBuffer.most else {
      unread = [.lagging]
      isOver = true
      return false
    }
    unread.append(event)
    return true
  }
}

extension SubscriptionEvent {
  fileprivate var isWhatRemains: Bool {
    if case .change(let change) = self { change.kind == .remaining } else { false }
  }
}
