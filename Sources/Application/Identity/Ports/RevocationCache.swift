import Domain
import FoundationEssentials

/// Revokes tokens before they expire: those of one device, or all that a user received until `cutoff`.
public struct Revocation: Sendable, Equatable {
  public let user: UserID
  public let device: DeviceID?
  public let cutoff: Date

  public init(user: UserID, device: DeviceID?, cutoff: Date) {
    self.user = user
    self.device = device
    self.cutoff = cutoff
  }
}

/// The copy of the revocations that every service reads. While the copy is missing, all tokens are refused until it is
/// rebuilt.
public protocol RevocationCache: Sendable {
  func revoke(_ device: DeviceID, user: UserID) async throws
  /// Whether the copy is complete.
  func isComplete() async throws -> Bool
  /// Adds to the copy.
  /// - Parameter whole: whether these are all revocations, so that the copy is complete afterwards.
  func fill(with revocations: [Revocation], whole: Bool) async throws
}
