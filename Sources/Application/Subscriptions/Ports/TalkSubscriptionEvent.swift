/// What a subscription delivers. After any event other than a change and `quiet`, nothing more follows.
public enum TalkSubscriptionEvent: Sendable, Equatable {
  case change(TalkUpdate)
  /// Nothing was delivered for a while: a message now keeps the connection open.
  case quiet
  /// The token was revoked, or has expired.
  case revoked
  /// The client was too slow to receive everything: it must connect again and read the state.
  case lagging
  /// The user has as many newer subscriptions as are allowed.
  case replaced
  /// This instance shuts down: the client must connect again, to any instance.
  case leaving
}
