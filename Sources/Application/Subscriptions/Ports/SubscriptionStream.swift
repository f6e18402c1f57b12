/// Where the events of one watcher come from.
public protocol SubscriptionSource: Sendable {
  /// The next event, in order; nil where nothing more comes.
  func next() async -> SubscriptionEvent?
  /// Nobody listens any more.
  func leave()
}

/// What one watcher hears, in order. Whoever lets go of it has stopped listening.
public final class SubscriptionStream: AsyncSequence, Sendable {
  public typealias Element = SubscriptionEvent
  public typealias Failure = Never

  private let source: any SubscriptionSource
  /// Under which name the store counts the watcher; nil where it does not.
  public let subscription: SubscriptionID?

  public init(_ source: any SubscriptionSource, subscription: SubscriptionID? = nil) {
    self.source = source
    self.subscription = subscription
  }

  deinit { source.leave() }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: SubscriptionStream

    public mutating func next() async -> SubscriptionEvent? { await stream.source.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> SubscriptionEvent? {
      await stream.source.next()
    }
  }
}
