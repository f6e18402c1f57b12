import Synchronization

/// What one watcher hears, in order. Whoever lets go of it has stopped listening.
public final class TalkNotices: AsyncSequence, Sendable {
  public typealias Element = WatchNotice
  public typealias Failure = Never

  private let inbox: NoticeInbox
  /// Under which name the store counts the watcher; nil where it does not.
  public let watcher: WatcherID?

  public init(_ inbox: NoticeInbox, watcher: WatcherID? = nil) {
    self.inbox = inbox
    self.watcher = watcher
  }

  deinit { inbox.leave() }

  public func makeAsyncIterator() -> Iterator { Iterator(notices: self) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let notices: TalkNotices

    public mutating func next() async -> WatchNotice? { await notices.inbox.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> WatchNotice? {
      await notices.inbox.next()
    }
  }
}

/// What one watcher is still to be told. It never grows beyond a few words: of what remains only the newest counts, and
/// who leaves more than that unread hears that it lags behind, and nothing more.
public final class NoticeInbox: Sendable {
  /// As many unread notices there may be.
  static let most = 8

  fileprivate struct State {
    var unread: [WatchNotice] = []
    var reader: UnsafeContinuation<WatchNotice?, Never>?
    var isOver = false
    var onLeave: (@Sendable () -> Void)?
  }

  private let state: Mutex<State>

  /// - Parameter onLeave: called once, when nobody listens any more.
  public init(onLeave: (@Sendable () -> Void)? = nil) { state = Mutex(State(onLeave: onLeave)) }

  /// - Returns: false where nothing more can be told: it is over, or the watcher lags behind.
  @discardableResult
  public func tell(_ notice: WatchNotice) -> Bool {
    let (reader, goesOn) = state.withLock { state -> (UnsafeContinuation<WatchNotice?, Never>?, Bool) in
      if state.isOver { return (nil, false) }
      guard let reader = state.reader else { return (nil, state.keep(notice)) }
      state.reader = nil
      return (reader, true)
    }
    reader?.resume(returning: notice)
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
  fileprivate func next() async -> WatchNotice? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { reader in
        let (notice, isNow) = state.withLock { state -> (WatchNotice?, Bool) in
          if !state.unread.isEmpty { return (state.unread.removeFirst(), true) }
          if state.isOver || state.reader != nil { return (nil, true) }
          state.reader = reader
          return (nil, false)
        }
        if isNow { reader.resume(returning: notice) }
      }
    } onCancel: {
      leave()
    }
  }
}

extension NoticeInbox.State {
  /// Whether there was room.
  fileprivate mutating func keep(_ notice: WatchNotice) -> Bool {
    if notice == .quiet, !unread.isEmpty { return true }
    if notice.isWhatRemains { unread.removeAll(where: \.isWhatRemains) }
    guard unread.count < NoticeInbox.most else {
      unread = [.lagging]
      isOver = true
      return false
    }
    unread.append(notice)
    return true
  }
}

extension WatchNotice {
  fileprivate var isWhatRemains: Bool {
    if case .change(let change) = self { change.kind == .remaining } else { false }
  }
}
