import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresSecurityTrailReader: SecurityTrailReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func events(
    of user: UserID, before number: Int64?, limit: Int
  ) async throws(IdentityError) -> [SecurityEvent] {
    try await reporting { try await Self.events(of: user, before: number, limit: limit, in: database) }
  }

  static func events(
    of user: UserID, before number: Int64?, limit: Int, in session: some PostgresStatementRunner
  ) async throws -> [SecurityEvent] {
    try await session.query(
      """
      SELECT id, at, kind, network, device_id, detail FROM security_events
      WHERE user_id = \(user.uuid) AND id < \(number ?? .max) ORDER BY id DESC LIMIT \(limit)
      """
    ).rows.map { row in
      SecurityEvent(
        number: try row.get("id"), at: try row.get("at"), kind: try row.get("kind"),
        network: try row.get("network"), device: try row.get("device_id", as: UUID?.self).map { DeviceID($0) },
        detail: try row.get("detail"))
    }
  }
}
