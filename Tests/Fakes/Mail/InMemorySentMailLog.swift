import Application
import Domain
import Synchronization

/// Recipients and the log of mails, in memory, by a clock that a test moves.
public final class InMemorySentMailLog: RecipientDirectory, SentMailLog {
  private struct Attempt {
    var sends = 0
    /// From when the time until the mail is given up counts; nil after it was given up.
    var triedSince: Duration?
    /// When the mail was last sent, and from when it may be sent again; nil if the provider does not have it.
    var doubt: (since: Duration, resendAt: Duration)?
  }

  private struct State {
    var recipients: [UserID: Recipient] = [:]
    var deleted: Set<UserID> = []
    var sent: [String: String?] = [:]
    var attempts: [String: Attempt] = [:]
    var now = Duration.zero
  }

  private let state = Mutex(State())

  public init() {}

  public func add(_ recipient: Recipient) { state.withLock { $0.recipients[recipient.userID] = recipient } }
  /// Deletes the user's account.
  public func remove(_ user: UserID) {
    state.withLock { state in
      state.recipients[user] = nil
      state.deleted.insert(user)
    }
  }

  /// Leaves the user's account without an address, such as that of a merged account.
  public func removeAddress(of user: UserID) { state.withLock { $0.recipients[user] = nil } }
  public func advance(by duration: Duration) { state.withLock { $0.now += duration } }

  /// The provider's message id of each recorded mail.
  public var sent: [String: String?] { state.withLock(\.sent) }

  public func recipient(_ user: UserID) async throws -> Recipient? { state.withLock { $0.recipients[user] } }

  public func isDeleted(_ user: UserID) async throws -> Bool { state.withLock { $0.deleted.contains(user) } }

  public func state(_ customID: String) async throws -> MailLogState {
    state.withLock { state in
      if state.sent.keys.contains(customID) { return .sent }
      guard let attempt = state.attempts[customID] else { return .untried }
      let doubt = attempt.doubt.map { MailAttempts.Doubt(age: state.now - $0.since, resend: $0.resendAt - state.now) }
      let tried = attempt.triedSince.map { state.now - $0 } ?? .zero
      return .attempted(MailAttempts(tried: tried, count: attempt.sends, doubt: doubt))
    }
  }

  public func start(_ customID: String, for user: UserID) async throws {
    state.withLock { state in
      var attempt = state.attempts[customID] ?? Attempt()
      attempt.triedSince = attempt.triedSince ?? state.now
      state.attempts[customID] = attempt
    }
  }

  public func begin(_ customID: String, for user: UserID, resendAfter resend: Duration) async throws {
    state.withLock { state in
      var attempt = state.attempts[customID] ?? Attempt()
      attempt.sends += 1
      attempt.triedSince = attempt.triedSince ?? state.now
      attempt.doubt = (state.now, state.now + resend)
      state.attempts[customID] = attempt
    }
  }

  public func postpone(_ customID: String, resendAfter resend: Duration) async throws {
    state.withLock { $0.attempts[customID]?.doubt?.resendAt = $0.now + resend }
  }

  public func withdraw(_ customID: String) async throws { state.withLock { $0.attempts[customID]?.doubt = nil } }

  public func giveUp(_ customID: String) async throws { state.withLock { $0.attempts[customID]?.triedSince = nil } }

  public func remember(_ customID: String, for user: UserID, messageID: String?) async throws {
    state.withLock { state in
      state.attempts[customID] = nil
      // The first record is kept.
      if !state.sent.keys.contains(customID) { state.sent.updateValue(messageID, forKey: customID) }
    }
  }
}
