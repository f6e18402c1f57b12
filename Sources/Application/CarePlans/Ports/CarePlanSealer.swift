import Domain
import FoundationEssentials

/// A user's data key as it is stored: wrapped under another key.
public struct WrappedCarePlanKey: Sendable, Equatable {
  public let id: UUID
  public let wrapped: [UInt8]

  public init(id: UUID, wrapped: [UInt8]) {
    self.id = id
    self.wrapped = wrapped
  }
}

public struct CarePlanSealingError: Error, Sendable, Equatable {
  public init() {}
}

/// Seals care plans, each for its session only, under a data key of their user.
public protocol CarePlanSealer: Sendable {
  /// A new data key.
  func newKey() throws(CarePlanSealingError) -> WrappedCarePlanKey
  /// Whether new plans may be sealed under the key: it is wrapped under the present secret.
  func isCurrent(_ key: WrappedCarePlanKey) -> Bool
  /// The same key, wrapped under the present secret; nil if it is so already, and if no known secret unwraps it.
  func rewrapped(_ key: WrappedCarePlanKey) throws(CarePlanSealingError) -> WrappedCarePlanKey?
  func seal(
    _ planJSON: String, of session: SessionID, under key: WrappedCarePlanKey
  ) throws(CarePlanSealingError) -> [UInt8]
  /// Nil for a plan of another session, and for one that was sealed under another key or another secret.
  func unseal(_ sealed: [UInt8], of session: SessionID, under key: WrappedCarePlanKey) -> String?
}
