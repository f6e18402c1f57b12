import Application
import Domain
import FoundationEssentials
import Synchronization

/// Verifications in memory. Each belongs to one user and is not found for others.
public final class InMemoryMailedVerificationReader: MailedVerificationReader {
  private let rows = Mutex<[UUID: (user: UserID, pending: MailedVerification)]>([:])

  public init() {}

  public func add(_ id: UUID, of user: UserID, _ pending: MailedVerification) {
    rows.withLock { $0[id] = (user, pending) }
  }

  public func verification(_ id: String, of user: UserID) async throws -> MailedVerification? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return rows.withLock { rows in rows[uuid].flatMap { $0.user == user ? $0.pending : nil } }
  }
}
