import Domain

/// The name under which the store knows a subscription.
public struct TalkSubscriptionID: Sendable, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  public init(random: any RandomSource) {
    text = random.bytes(12).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// A message from the store of live talks to all instances.
public enum TalkBroadcastMessage: Sendable, Equatable {
  /// Every message from here on is delivered; earlier ones may have been missed.
  case begins
  case change(TalkUpdate)
  /// The user has as many newer subscriptions as are allowed, so this one ends.
  case replaced(TalkSubscriptionID)
  /// Tokens are revoked: those of the device, or without a device all of the user's that were issued up to that second
  /// since 1970.
  case revoked(UserID, DeviceID?, upTo: Int64)
}

/// The state of talks, and the changes that all instances make to them.
public protocol TalkFeed: Sendable {
  /// Calls `heard` with each message about any talk, one after the other, until the connection to the store is lost or
  /// the task is cancelled.
  func listen(_ heard: @escaping @Sendable (TalkBroadcastMessage) async -> Void) async
  /// Reads the talk's state for this subscription and counts the subscription among the user's from now on.
  /// - Returns: `ended` for a talk that is over, otherwise `remaining`; with the state of its care plan, if known.
  func join(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID) async throws(TalkSubscriptionError)
    -> TalkUpdate
  /// Reads the talk's state without counting a subscription.
  func look(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError) -> TalkUpdate
  /// Stops counting the subscription. A failed call does no harm, because the store also drops subscriptions by their
  /// age.
  func leave(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID) async
}
