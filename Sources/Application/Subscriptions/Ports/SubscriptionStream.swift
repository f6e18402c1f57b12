/// The source of the events of one subscription.
public protocol SubscriptionSource: Sendable {
  /// The next event, in order; nil after the last event.
  func next() async -> SubscriptionEvent?
  /// Ends the subscription.
  func leave()
}

/// The events of one subscription, in order. Releasing the stream ends the subscription.
public final class SubscriptionStream: AsyncSequence, Sendable {
  public typealias Element = SubscriptionEvent
  public typealias Failure = Never

  private let source: any SubscriptionSource
  /// The name under which the store counts the subscription; nil if the store does not count it.
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
