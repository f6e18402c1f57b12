import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresOrders: StoresOrders {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func packs() async throws(BillingError) -> [Pack] {
    try await billing {
      try await database.query(
        """
        SELECT id, version, name, talktime_ms, amount, currency, tax_rate_bp FROM packs_on_sale ORDER BY position, id
        """
      ).rows.map { row in
        Pack(
          id: try row.get("id"), version: try row.get("version"), name: try row.get("name"),
          talkTime: .milliseconds(try row.get("talktime_ms")), price: try money(row),
          taxRate: TaxRate(basisPoints: try row.get("tax_rate_bp")) ?? .standard)
      }
    }
  }

  public func create(for user: UserID, packID: String) async throws(BillingError) -> Order {
    try await billing {
      let made = try await database.query(
        """
        INSERT INTO transactions (user_id, pack_id, pack_version, amount, currency, tax_rate_bp, talktime_ms, check_at)
        SELECT \(user.uuid), id, version, amount, currency, tax_rate_bp, talktime_ms,
          clock_timestamp() + interval '15 minutes'
        FROM packs_on_sale WHERE id = \(packID)
        RETURNING id, user_id, pack_id, amount, currency, talktime_ms, status, razorpay_order_id, created_at
        """)
      guard let row = made.rows.first else { throw BillingError.packNotFound }
      return try readOrder(row)
    }
  }

  public func attach(_ razorpayOrderID: String, to id: OrderID) async throws(BillingError) -> Order {
    try await billing {
      let changed = try await database.query(
        """
        UPDATE transactions SET razorpay_order_id = coalesce(razorpay_order_id, \(razorpayOrderID)),
          status = CASE status WHEN 'creating' THEN 'created' ELSE status END WHERE id = \(id.uuid)
        RETURNING id, user_id, pack_id, amount, currency, talktime_ms, status, razorpay_order_id, created_at
        """)
      guard let row = changed.rows.first else { throw BillingError.orderNotFound }
      return try readOrder(row)
    }
  }

  public func order(_ id: OrderID) async throws(BillingError) -> Order? {
    try await billing {
      try await database.query(
        """
        SELECT id, user_id, pack_id, amount, currency, talktime_ms, status, razorpay_order_id, created_at
        FROM transactions WHERE id = \(id.uuid) AND user_id IS NOT NULL
        """
      ).rows.first.map(readOrder)
    }
  }

  public func order(razorpayID: String) async throws(BillingError) -> Order? {
    try await billing {
      try await database.query(
        """
        SELECT id, user_id, pack_id, amount, currency, talktime_ms, status, razorpay_order_id, created_at
        FROM transactions WHERE razorpay_order_id = \(razorpayID) AND user_id IS NOT NULL
        """
      ).rows.first.map(readOrder)
    }
  }

  public func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(BillingError) -> (items: [Order], next: String?) {
    let cursor = after.flatMap { UUID(uuidString: $0) }
    let found: [Order] = try await billing {
      try await database.query(
        """
        SELECT id, user_id, pack_id, amount, currency, talktime_ms, status, razorpay_order_id, created_at
        FROM transactions WHERE user_id = \(user.uuid) AND (\(cursor)::uuid IS NULL OR (created_at, id) <
          (SELECT created_at, id FROM transactions WHERE id = \(cursor) AND user_id = \(user.uuid)))
        ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
        """
      ).rows.map(readOrder)
    }
    let page = Array(found.prefix(limit))
    return (page, found.count > limit ? page.last?.id.description : nil)
  }
}

private func readOrder(_ row: PostgresRow) throws -> Order {
  Order(
    id: OrderID(try row.get("id", as: UUID.self)), user: UserID(try row.get("user_id", as: UUID.self)),
    packID: try row.get("pack_id", as: String?.self) ?? "", talkTime: .milliseconds(try row.get("talktime_ms")),
    price: try money(row),
    status: OrderStatus(rawValue: try row.get("status")) ?? .legacy, razorpayOrderID: try row.get("razorpay_order_id"),
    createdAt: try row.get("created_at"))
}

private func money(_ row: PostgresRow) throws -> Money {
  guard let currency = Currency(try row.get("currency", as: String.self)) else { throw LedgerError.corrupt }
  return Money(Paise(try row.get("amount", as: Int64?.self) ?? 0), currency)
}

/// Our own answers pass; anything else is Postgres being away, and the pool's log says why.
@discardableResult
func billing<T: Sendable>(_ body: () async throws -> T) async throws(BillingError) -> T {
  do { return try await body() } catch let error as BillingError { throw error } catch { throw .unavailable }
}
