import Application
import Domain
import FoundationEssentials
import Synchronization

/// Links for their mails, in memory. Each belongs to one user and is not found for others.
public final class InMemoryAccountLinkReader: MailedLinkReader {
  private let rows = Mutex<[UUID: (user: UserID, link: MailedLink)]>([:])

  public init() {}

  public func add(_ id: UUID, of user: UserID, _ link: MailedLink) { rows.withLock { $0[id] = (user, link) } }

  public func link(_ id: String, of user: UserID) async throws -> MailedLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return rows.withLock { rows in rows[uuid].flatMap { $0.user == user ? $0.link : nil } }
  }
}
