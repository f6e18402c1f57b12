import Application
import Synchronization

/// The events that a subscription has still to receive. The buffer stays small: of several `remaining` changes only the
/// newest is kept, and a client that leaves more events unread than the limit receives `lagging` and nothing more.
public final class TalkSubscriptionBuffer: TalkSubscriptionSource {
  /// The most unread events.
  static let most = 8

  fileprivate struct State {
    var unread: [TalkSubscriptionEvent] = []
    var reader: UnsafeContinuation<TalkSubscriptionEvent?, Never>?
    var isOver = false
    var onLeave: (@Sendable () -> Void)?
  }

  private let state: Mutex<State>

  /// - Parameter onLeave: called once, when the reader has stopped.
  public init(onLeave: (@Sendable () -> Void)? = nil) { state = Mutex(State(onLeave: onLeave)) }

  /// - Returns: false if no more events can be delivered, because the subscription is over or lags behind.
  @discardableResult
  public func tell(_ event: TalkSubscriptionEvent) -> Bool {
    let (reader, goesOn) = state.withLock { state -> (UnsafeContinuation<TalkSubscriptionEvent?, Never>?, Bool) in
      if state.isOver { return (nil, false) }
      guard let reader = state.reader else { return (nil, state.keep(event)) }
      state.reader = nil
      return (reader, true)
    }
    reader?.resume(returning: event)
    return goesOn
  }

  /// Ends the stream after the events that are still unread.
  public func finish() {
    let reader = state.withLock { state in
      state.isOver = true
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: nil)
  }

  public func leave() {
    finish()
    let onLeave = state.withLock { state in
      state.unread = []
      defer { state.onLeave = nil }
      return state.onLeave
    }
    onLeave?()
  }

  /// Supports one reader. A second reader would take events from the first, so its stream ends at once.
  public func next() async -> TalkSubscriptionEvent? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { reader in
        let (event, isNow) = state.withLock { state -> (TalkSubscriptionEvent?, Bool) in
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

extension TalkSubscriptionBuffer.State {
  /// Whether there was room for the event.
  fileprivate mutating func keep(_ event: TalkSubscriptionEvent) -> Bool {
    if event == .quiet, !unread.isEmpty { return true }
    if event.isWhatRemains { unread.removeAll(where: \.isWhatRemains) }
    guard unread.count < TalkSubscriptionBuffer.most else {
      unread = [.lagging]
      isOver = true
      return false
    }
    unread.append(event)
    return true
  }
}

extension TalkSubscriptionEvent {
  fileprivate var isWhatRemains: Bool {
    if case .change(let change) = self { change.kind == .remaining } else { false }
  }
}
