import Domain
import FoundationEssentials

/// The result of presenting a refresh token.
public enum RotationResult: Sendable, Equatable {
  case rotated(device: DeviceID, user: UserID, authenticatedAt: Date)
  /// The token was used before, so another party has a copy: its device was ended.
  case replayed
  case unknown
}

/// The signed-in devices. A refresh token is stored only as its SHA-256.
public protocol DeviceRepository: Sendable {
  func open(_ device: DeviceID, user: UserID, tokenHash: [UInt8], userAgent: String?) async throws(IdentityError)
  func rotate(_ tokenHash: [UInt8], to newHash: [UInt8]) async throws(IdentityError) -> RotationResult
  /// Ends the device, and with it every access token that carries its id.
  func end(_ device: DeviceID, user: UserID) async throws(IdentityError)
}
