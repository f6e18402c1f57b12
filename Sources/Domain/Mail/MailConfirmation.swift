/// What happens to a mail whose acceptance is not known, because the answer to its sending was lost or was an error.
/// The provider's list of accepted mails may lag, so it is asked several times before the mail is sent again.
public enum MailConfirmation {
  /// How long the list is asked after an answer that was lost, or after a worker that died while it was sending.
  public static let afterLostAnswer = Duration.seconds(300)
  /// How long the list is asked after a server error. The provider has most probably not accepted the mail.
  public static let afterServerError = Duration.seconds(30)

  static let (first, longest, longestUntilResend) = (
    Duration.seconds(2), Duration.seconds(300), Duration.seconds(3_600)
  )

  /// How long the list is asked before the mail is sent again: twice as long after each further sending, up to an hour.
  /// - Parameters:
  ///   - base: `afterLostAnswer` or `afterServerError`
  ///   - sends: how often the mail was sent before, from 0
  public static func untilResend(_ base: Duration, sends: Int) -> Duration {
    min(base * (1 << min(max(sends, 0), 12)), longestUntilResend)
  }

  /// How long to wait until the list is asked again: as long as the doubt has lasted, within the bounds.
  /// - Parameters:
  ///   - age: the time since the mail was last sent
  ///   - resend: the time until it may be sent again; zero or less if it may be sent now
  public static func pause(after age: Duration, until resend: Duration) -> Duration {
    min(max(first, age), longest, max(first, resend))
  }
}
