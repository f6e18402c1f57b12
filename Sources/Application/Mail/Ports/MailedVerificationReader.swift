import Domain
import FoundationEssentials

/// The data that the verification mail needs.
public struct MailedVerification: Sendable, Equatable {
  public let expiresAt: Date
  public let isUsed: Bool
  /// Whether its time is not over, by the store's clock.
  public let isOpen: Bool

  public init(expiresAt: Date, isUsed: Bool, isOpen: Bool = true) {
    self.expiresAt = expiresAt
    self.isUsed = isUsed
    self.isOpen = isOpen
  }
}

public protocol MailedVerificationReader: Sendable {
  func verification(_ id: String, of user: UserID) async throws -> MailedVerification?
}
