import Domain

/// What is known about the sending of a mail. All times are the database's.
public enum MailLogState: Sendable, Equatable {
  /// The provider has never been given the mail.
  case untried
  case attempted(MailAttempts)
  case sent
}

/// The attempts at a mail that is not known to be accepted.
public struct MailAttempts: Sendable, Equatable {
  /// That the provider may have the mail.
  public struct Doubt: Sendable, Equatable {
    /// The time since the last attempt.
    public let age: Duration
    /// The time until the mail may be sent again; zero or less if it may be sent now.
    public let resend: Duration

    public init(age: Duration, resend: Duration) {
      self.age = age
      self.resend = resend
    }
  }

  /// The time since the first attempt, or since the first after the mail was given up.
  public let tried: Duration
  public let count: Int
  /// Nil if the provider certainly does not have the mail.
  public let doubt: Doubt?

  public init(tried: Duration, count: Int, doubt: Doubt?) {
    self.tried = tried
    self.count = count
    self.doubt = doubt
  }

  static let none = MailAttempts(tried: .zero, count: 0, doubt: nil)
}

/// The log of mails, by the id that is sent to the provider with each mail. It is written before a mail is sent, so
/// that a worker that dies in between leaves a trace.
public protocol SentMailLog: Sendable {
  func state(_ customID: String) async throws -> MailLogState
  /// Notes that the provider is asked about a mail that is not in the log. From now on the mail's time counts.
  func start(_ customID: String, for user: UserID) async throws
  /// Notes that the provider may have the mail from now on.
  /// - Parameter resend: how long it is asked for the mail before the mail is sent again
  func begin(_ customID: String, for user: UserID, resendAfter resend: Duration) async throws
  /// Shortens or prolongs the time until the mail may be sent again, counted from now.
  func postpone(_ customID: String, resendAfter resend: Duration) async throws
  /// Notes that the provider certainly does not have the mail.
  func withdraw(_ customID: String) async throws
  /// Notes that the mail was given up. If an operator retries it, its time counts anew; a doubt stays.
  func giveUp(_ customID: String) async throws
  /// Notes that the provider has accepted the mail. The first note is kept.
  func remember(_ customID: String, for user: UserID, messageID: String?) async throws
}
