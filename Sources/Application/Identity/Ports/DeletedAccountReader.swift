import Domain

/// Tells which accounts were deleted. Auth commits a deletion before its event is published, and never takes it back.
/// So an event about any other account does not come from auth, or a failover of Postgres has lost the deletion.
public protocol DeletedAccountReader: Sendable {
  func isDeleted(_ user: UserID) async throws -> Bool
}

extension DeletedAccountReader {
  /// - Throws: `ErasureRefusal.accountNotDeleted`, or an error of the store.
  public func requireDeleted(_ user: UserID) async throws {
    guard try await isDeleted(user) else { throw ErasureRefusal.accountNotDeleted }
  }
}

/// Why nothing is erased for an event `user.deleted`. The event becomes a dead letter at once: a deletion is committed
/// before its event is published, so that another attempt finds the same.
public enum ErasureRefusal: Error, Sendable {
  case accountNotDeleted
}
