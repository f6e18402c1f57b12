import Domain

/// One who watches a talk, known in the store by this name.
public struct SubscriptionID: Sendable, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  init(random: any RandomSource) {
    text = random.bytes(12).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// What the store of live talks says to all instances.
public enum FeedMessage: Sendable, Equatable {
  /// From here on nothing is missed; what came before may have been.
  case begins
  case change(TalkChange)
  /// The user has newer watchers, as many as they may have.
  case replaced(SubscriptionID)
  /// Tokens of the device are dead, or without one all of the user's up to that second since 1970.
  case revoked(UserID, DeviceID?, upTo: Int64)
}

/// How talks stand, and what becomes of them whichever instance made it so.
public protocol TalkFeed: Sendable {
  /// Calls `heard` with all that is said of any talk, one after the other, until the connection to the store is lost or
  /// the task is cancelled.
  func listen(_ heard: @escaping @Sendable (FeedMessage) async -> Void) async
  /// How the talk stands for this watcher, who is from now on counted among the user's.
  /// - Returns: `ended` of a talk that is over, else `remaining`; with what is known of its care plan.
  func join(_ request: SubscriptionRequest, as subscription: SubscriptionID) async throws(SubscriptionError)
    -> TalkChange
  /// The same without being counted.
  func look(_ request: SubscriptionRequest) async throws(SubscriptionError) -> TalkChange
  /// Makes room; of no use where the store cannot be reached, since the store forgets by itself too.
  func leave(_ request: SubscriptionRequest, as subscription: SubscriptionID) async
}
