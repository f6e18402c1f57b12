import Domain
import FoundationEssentials

/// Tokens that are dead before they expire: a device's, or all that a user got until `cutoff`.
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

/// The copy that every service asks. Where it is missing nobody is let in until it is made again.
public protocol RevocationStore: Sendable {
  func revoke(_ device: DeviceID, user: UserID) async throws
  /// Whether the copy stands in full.
  func isComplete() async throws -> Bool
  /// Adds to the copy.
  /// - Parameter whole: these are all there are, so that the copy stands in full now.
  func fill(with revocations: [Revocation], whole: Bool) async throws
}
