import Application
import Domain
import FoundationEssentials
import Synchronization

/// Verifications in memory. Each belongs to one user and is not found for others.
public final class InMemoryVerificationReader: VerificationReader {
  private let rows = Mutex<[UUID: (user: UserID, pending: PendingVerification)]>([:])

  public init() {}

  public func add(_ id: UUID, of user: UserID, _ pending: PendingVerification) {
    rows.withLock { $0[id] = (user, pending) }
  }

  public func verification(_ id: String, of user: UserID) async throws -> PendingVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return rows.withLock { rows in rows[uuid].flatMap { $0.user == user ? $0.pending : nil } }
  }
}
