import Application
import Domain
import FoundationEssentials
import Synchronization

/// Mailed links in memory, by a clock that a test moves. Each belongs to one user and is not found for others.
public final class InMemoryMailedLinks: MailedLinkReader, MailedLinkRenewer {
  private struct Row {
    let user: UserID
    let link: MailedLink
    let requestedAt: Date
    var expiresAt: Date
    var isUsed = false
    /// The address is not the account's any more, or is proven.
    var isNeedless = false
  }

  private let rows = Mutex<[UUID: Row]>([:])
  private let clock: FakeClock

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  /// A link that is requested now.
  public func add(_ id: UUID, of user: UserID, _ link: MailedLink) {
    let now = clock.now()
    rows.withLock {
      $0[id] = Row(user: user, link: link, requestedAt: now, expiresAt: Self.end(of: link.purpose, from: now))
    }
  }

  public func use(_ id: UUID) { rows.withLock { $0[id]?.isUsed = true } }
  public func withdraw(_ id: UUID) { rows.withLock { $0[id] = nil } }
  public func makeNeedless(_ id: UUID) { rows.withLock { $0[id]?.isNeedless = true } }

  public func link(_ id: String, of user: UserID) async throws -> MailedLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    return rows.withLock { rows in rows[uuid].flatMap { $0.user == user ? $0.link : nil } }
  }

  public func renew(
    _ id: String, of user: UserID, for purpose: MailedAccountLinkPurpose, mayBeThere: Bool
  ) async throws -> MailedLinkTime {
    guard let uuid = UUID(uuidString: id) else { return .closed }
    let now = clock.now()
    return rows.withLock { rows in
      guard var row = rows[uuid], row.user == user, row.link.purpose == purpose, !row.isUsed, !row.isNeedless else {
        return .closed
      }
      let isReplaced = rows.values.contains {
        $0.user == user && $0.link.purpose == purpose && $0.requestedAt > row.requestedAt
      }
      let rest = Double(purpose.shortestRest.components.seconds)
      let isWorthless = row.expiresAt < now + rest
      let isLow = row.expiresAt < now + Double(purpose.enoughRest(mayBeThere: mayBeThere).components.seconds)
      let isYoung = row.requestedAt > now - Double(purpose.renewableFor.components.seconds)
      if isLow, isYoung, !isReplaced {
        row.expiresAt = Self.end(of: purpose, from: now)
        rows[uuid] = row
      }
      if isReplaced, isWorthless { return .closed }
      if row.expiresAt > now { return .until(row.expiresAt) }
      return isReplaced ? .closed : .over
    }
  }

  private static func end(of purpose: MailedAccountLinkPurpose, from now: Date) -> Date {
    Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down) + Double(purpose.life.components.seconds))
  }
}
