/// When the provider is asked about a conversation whose URL was given out, until its duration is known or it can never
/// begin. While a talk of it goes on nobody asks; with the talk's settlement the first look is due.
public struct ReviewSchedule: Sendable, Equatable {
  /// A URL is given again for so long: a minute less than it can be opened, so that nobody gets one that fails under their
  /// hands.
  public static let given = Duration.seconds(14 * 60)
  /// A URL can be opened for 15 minutes; the rest is for clocks and for what was just being opened.
  public static let openable = Duration.seconds(15 * 60 + 30)
  /// Beyond this nobody will ever know: an alarm, and no adjustment.
  public static let patience = Duration.seconds(7 * 86_400)

  /// The most between two looks.
  public let longest: Duration

  public init(longest: Duration) { self.longest = longest }

  /// Nobody can end a conversation here: what is found late is charged late, and costs nothing more.
  public static let patient = ReviewSchedule(longest: .seconds(300))
  /// A conversation that is found is ended, so that each look saves what would have been talked until the next.
  public static let watchful = ReviewSchedule(longest: .seconds(15))

  /// From look number `looks`, counted from 1, to the next: 2 s, 4 s and so on.
  public func pause(after looks: Int) -> Duration { min(.seconds(1 << min(max(1, looks), 20)), longest) }
}
