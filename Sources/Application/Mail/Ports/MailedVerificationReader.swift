import Domain
import FoundationEssentials

/// The data that the verification mail needs.
public struct MailedVerification: Sendable, Equatable {
  public let expiresAt: Date
  public let isUsed: Bool

  public init(expiresAt: Date, isUsed: Bool) {
    self.expiresAt = expiresAt
    self.isUsed = isUsed
  }
}

public protocol MailedVerificationReader: Sendable {
  func verification(_ id: String, of user: UserID) async throws -> MailedVerification?
}
