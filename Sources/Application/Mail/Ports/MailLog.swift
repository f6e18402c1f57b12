import Domain

/// What is known about the sending of a mail. All times are the database's.
public enum MailLogState: Sendable, Equatable {
  /// The provider has never been given the mail.
  case untried
  /// The provider certainly does not have the mail.
  /// - Parameter tried: the time since the first attempt
  case tried(for: Duration)
  /// The provider may have the mail.
  /// - Parameters:
  ///   - tried: the time since the first attempt
  ///   - age: the time since the last attempt
  ///   - resend: the time until the mail may be sent again; zero or less if it may be sent now
  case unconfirmed(tried: Duration, age: Duration, resend: Duration)
  case sent

  /// Whether the provider may have the mail.
  var isUnconfirmed: Bool {
    if case .unconfirmed = self { true } else { false }
  }

  /// The time since the first attempt.
  var tried: Duration {
    switch self {
    case .untried, .sent: .zero
    case .tried(let tried), .unconfirmed(let tried, _, _): tried
    }
  }
}

/// The log of mails, by the id that is sent to the provider with each mail. It is written before a mail is sent, so that
/// a worker that dies in between leaves a trace.
public protocol MailLog: Sendable {
  func state(_ customID: String) async throws -> MailLogState
  /// Notes that the provider may have the mail from now on.
  /// - Parameter resend: how long it is asked for the mail before the mail is sent again
  func begin(_ customID: String, for user: UserID, resendAfter resend: Duration) async throws
  /// Shortens or prolongs the time until the mail may be sent again, counted from now.
  func postpone(_ customID: String, resendAfter resend: Duration) async throws
  /// Notes that the provider certainly does not have the mail.
  func withdraw(_ customID: String) async throws
  /// Notes that the provider has accepted the mail. The first note is kept.
  func remember(_ customID: String, for user: UserID, messageID: String?) async throws
}
