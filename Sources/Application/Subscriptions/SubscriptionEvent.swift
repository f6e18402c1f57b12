/// What a watcher hears. After anything but a change and `quiet` nothing more comes.
public enum SubscriptionEvent: Sendable, Equatable {
  case change(TalkChange)
  /// Nothing was heard for a while: a word now keeps the connection open.
  case quiet
  /// The token is revoked, or its time is over.
  case revoked
  /// The watcher was too slow to be told everything: connect again and read.
  case lagging
  /// The user has newer watchers, as many as they may have.
  case replaced
  /// This instance goes away: connect again, to any.
  case leaving
}
