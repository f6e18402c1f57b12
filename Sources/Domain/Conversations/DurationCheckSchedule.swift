/// When the provider is asked about a conversation whose URL was given out, until its duration is known or it can no
/// longer begin. The provider is not asked while a talk of the conversation is live; the first check is due when the
/// talk is settled.
public struct DurationCheckSchedule: Sendable, Equatable {
  /// How long the same URL is given out again. This is a minute less than it can be opened, so that no client receives
  /// a URL that expires while it connects.
  public static let given = Duration.seconds(14 * 60)
  /// How long a conversation may still begin. A URL can be opened for 15 minutes; the rest allows for clock differences
  /// and for a connection that is just being opened.
  public static let openable = Duration.seconds(15 * 60 + 30)
  /// How long checks go on. After this the duration can no longer become known: an alarm is raised and nothing is
  /// adjusted.
  public static let patience = Duration.seconds(7 * 86_400)

  /// How long one worker has a conversation before another may take it.
  public static let claim = Duration.seconds(30)
  /// The pause between checks of a conversation that is over while one of its talks is still to end. The checks go on
  /// until the talk has ended, so that the process that received the report may die before.
  public static let talking = Duration.seconds(5)

  /// The longest pause between two checks.
  public let longest: Duration

  public init(longest: Duration) { self.longest = longest }

  /// The schedule for a provider plan that does not let this service end a conversation. A late check then only makes
  /// the charge late; it costs nothing more.
  public static let patient = DurationCheckSchedule(longest: .seconds(300))
  /// The schedule for a provider plan that lets this service end a conversation. A check ends the conversation that it
  /// finds, so each check saves the talk time until the next one.
  public static let watchful = DurationCheckSchedule(longest: .seconds(15))

  /// The pause from check number `looks`, counted from 1, to the next: 2 s, 4 s and so on.
  public func pause(after looks: Int) -> Duration { min(.seconds(1 << min(max(1, looks), 20)), longest) }
}
