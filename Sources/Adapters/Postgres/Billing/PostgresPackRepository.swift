import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The packs, for an operator's edits. The services' roles may not edit packs.
public struct PostgresPackRepository: PackRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func versions() async throws(PackError) -> [ListedPackVersion] {
    try await shelf {
      try await database.query(
        """
        SELECT p.id, p.position, v.version, v.name, v.talktime_ms, v.amount, v.currency, v.tax_rate_bp, v.active_from,
          v.active_until, EXISTS (SELECT 1 FROM packs_on_sale s WHERE s.id = p.id AND s.version = v.version) AS on_sale
        FROM packs p JOIN pack_versions v ON v.pack_id = p.id ORDER BY p.position, p.id, v.version
        """
      ).rows.map(readListed)
    }
  }

  public func add(_ version: PackVersion, position: Int, by actor: String) async throws(PackError) {
    try await shelf {
      try await database.transaction { transaction in
        let made = try await transaction.query(
          "INSERT INTO packs (id, position) VALUES (\(version.pack.id), \(position)) ON CONFLICT DO NOTHING")
        guard made.affectedRows == 1 else { throw PackError.exists }
        try await insert(version, transaction)
        try await note("pack.add", version.pack.id, actor, "\(terms(version)) position=\(position)", transaction)
      }
    }
  }

  public func append(_ version: PackVersion, by actor: String) async throws(PackError) {
    try await shelf {
      try await database.transaction { transaction in
        try await insert(version, transaction)
        try await note("pack.edit", version.pack.id, actor, terms(version), transaction)
      }
    }
  }

  public func move(_ pack: PackID, to position: Int, by actor: String) async throws(PackError) {
    try await shelf {
      try await database.transaction { transaction in
        let moved = try await transaction.query("UPDATE packs SET position = \(position) WHERE id = \(pack.text)")
        guard moved.affectedRows == 1 else { throw PackError.notFound }
        try await note("pack.move", pack.text, actor, "position=\(position)", transaction)
      }
    }
  }

  public func retire(_ pack: PackID, at moment: Date?, by actor: String) async throws(PackError) {
    try await shelf {
      try await database.transaction { transaction in
        let known = try await transaction.query("SELECT 1 FROM packs WHERE id = \(pack.text) FOR UPDATE")
        guard !known.rows.isEmpty else { throw PackError.notFound }
        // A version that would have begun later ends when it begins.
        try await transaction.query(
          """
          UPDATE pack_versions
          SET active_until = greatest(active_from, coalesce(\(moment)::timestamptz, clock_timestamp()))
          WHERE pack_id = \(pack.text)
            AND (active_until IS NULL OR active_until > coalesce(\(moment)::timestamptz, statement_timestamp()))
          """)
        try await note("pack.retire", pack.text, actor, nil, transaction)
      }
    }
  }

  private func insert(_ version: PackVersion, _ transaction: PostgresTransaction) async throws {
    let pack = version.pack
    let made = try await transaction.query(
      """
      INSERT INTO pack_versions (pack_id, version, name, talktime_ms, amount, currency, tax_rate_bp, active_from,
        active_until)
      VALUES (\(pack.id), \(pack.version), \(pack.name), \(pack.talkTime.milliseconds), \(pack.price.amount.count),
        \(pack.price.currency.code), \(pack.taxRate.basisPoints), \(version.activeFrom), \(version.activeUntil))
      ON CONFLICT DO NOTHING
      """)
    guard made.affectedRows == 1 else { throw PackError.changedMeanwhile }
  }

  private func note(
    _ action: String, _ pack: String, _ actor: String, _ details: String?, _ transaction: PostgresTransaction
  ) async throws {
    try await OperatorAction(actor: actor, action: action, subject: pack, reason: nil, details: details)
      .note(in: transaction)
  }

  private func terms(_ version: PackVersion) -> String {
    let pack = version.pack
    return "version=\(pack.version) talktime_ms=\(pack.talkTime.milliseconds) amount=\(pack.price.amount.count) "
      + "currency=\(pack.price.currency) tax_rate=\(pack.taxRate)"
  }

  private func readListed(_ row: PostgresRow) throws -> ListedPackVersion {
    let pack = Pack(
      id: try row.get("id"), version: try row.get("version"), name: try row.get("name"),
      talkTime: .milliseconds(try row.get("talktime_ms")), price: try readMoney(row),
      taxRate: TaxRate(basisPoints: try row.get("tax_rate_bp")) ?? .standard)
    return ListedPackVersion(
      version: PackVersion(stored: pack, from: try row.get("active_from"), until: try row.get("active_until")),
      position: try row.get("position"), isOnSale: try row.get("on_sale"))
  }

  private func shelf<T: Sendable>(_ body: () async throws -> T) async throws(PackError) -> T {
    do { return try await body() } catch let error as PackError { throw error } catch { throw .unavailable }
  }
}
