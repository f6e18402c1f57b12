import Domain

/// The addresses to which no mail is sent any more.
public protocol UndeliverableAddressRepository: Sendable {
  func contains(_ address: EmailAddress) async throws -> Bool
  /// The last cause is kept.
  func add(_ address: EmailAddress, because cause: UndeliverableCause) async throws
}
