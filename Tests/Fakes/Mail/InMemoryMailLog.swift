import Application
import Domain
import Synchronization

/// Recipients and the log of accepted mails, in memory.
public final class InMemoryMailLog: RecipientDirectory, MailLog {
  private struct State {
    var recipients: [UserID: Recipient] = [:]
    var sent: [String: String?] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  public func add(_ recipient: Recipient) { state.withLock { $0.recipients[recipient.userID] = recipient } }
  public func remove(_ user: UserID) { state.withLock { $0.recipients[user] = nil } }

  /// The provider's message id of each recorded mail.
  public var sent: [String: String?] { state.withLock(\.sent) }

  public func recipient(_ user: UserID) async throws -> Recipient? { state.withLock { $0.recipients[user] } }

  public func wasSent(_ customID: String) async throws -> Bool { state.withLock { $0.sent.keys.contains(customID) } }

  public func remember(_ customID: String, for user: UserID, messageID: String?) async throws {
    state.withLock { state in
      // The first record is kept.
      if !state.sent.keys.contains(customID) { state.sent.updateValue(messageID, forKey: customID) }
    }
  }
}
