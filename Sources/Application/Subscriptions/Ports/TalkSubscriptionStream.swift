/// The source of the events of one subscription.
public protocol TalkSubscriptionSource: Sendable {
  /// The next event, in order; nil after the last event.
  func next() async -> TalkSubscriptionEvent?
  /// Ends the subscription.
  func leave()
}

/// The events of one subscription, in order. Releasing the stream ends the subscription.
public final class TalkSubscriptionStream: AsyncSequence, Sendable {
  public typealias Element = TalkSubscriptionEvent
  public typealias Failure = Never

  private let source: any TalkSubscriptionSource
  /// The name under which the store counts the subscription; nil if the store does not count it.
  public let subscription: TalkSubscriptionID?

  public init(_ source: any TalkSubscriptionSource, subscription: TalkSubscriptionID? = nil) {
    self.source = source
    self.subscription = subscription
  }

  deinit { source.leave() }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: TalkSubscriptionStream

    public mutating func next() async -> TalkSubscriptionEvent? { await stream.source.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> TalkSubscriptionEvent? {
      await stream.source.next()
    }
  }
}
