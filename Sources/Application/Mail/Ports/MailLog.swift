import Domain

/// The log of accepted mails, by the id that is sent to the provider with each mail.
public protocol MailLog: Sendable {
  func wasSent(_ customID: String) async throws -> Bool
  func remember(_ customID: String, for user: UserID, messageID: String?) async throws
}
