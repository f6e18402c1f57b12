import Domain
import FoundationEssentials

/// What a presented refresh token turned out to be.
public enum RotationResult: Sendable, Equatable {
  case rotated(device: DeviceID, user: UserID, authenticatedAt: Date)
  /// It was used before: somebody else has it, so its device was ended.
  case replayed
  case unknown
}

/// Signed-in devices. A refresh token is stored as its SHA-256 alone.
public protocol DeviceRepository: Sendable {
  func open(_ device: DeviceID, user: UserID, tokenHash: [UInt8], userAgent: String?) async throws(IdentityError)
  func rotate(_ tokenHash: [UInt8], to newHash: [UInt8]) async throws(IdentityError) -> RotationResult
  /// Ends the device, and with it every access token that carries its id.
  func end(_ device: DeviceID, user: UserID) async throws(IdentityError)
}
