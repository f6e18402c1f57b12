import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresOrderRepository: OrderRepository {
  let database: PostgresPool
  let schedule: OrderCheckSchedule

  public init(database: PostgresPool, schedule: OrderCheckSchedule = .standard) {
    self.database = database
    self.schedule = schedule
  }

  public func packs() async throws(BillingError) -> [Pack] {
    try await billing {
      try await database.query(
        """
        SELECT id, version, name, talktime_ms, amount, currency, tax_rate_bp FROM packs_on_sale ORDER BY position, id
        """
      ).rows.map { row in
        Pack(
          id: try row.get("id"), version: try row.get("version"), name: try row.get("name"),
          talkTime: .milliseconds(try row.get("talktime_ms")), price: try readMoney(row),
          taxRate: TaxRate(basisPoints: try row.get("tax_rate_bp")) ?? .standard)
      }
    }
  }

  /// A user's requests are handled one after the other, so that the limit holds and a key makes one row.
  public func create(_ request: OrderRequest, openLimit: Int) async throws(BillingError) -> PlacedOrder {
    try await billing {
      try await database.transaction { transaction in
        try await transaction.query(
          "SELECT pg_advisory_xact_lock(hashtextextended(\("orders:\(request.user)"), 0))")
        // A merge waits for the same lock: the token of the merged account may be valid a moment longer than the
        // account.
        // The same holds for a deletion.
        guard try await !isClosed(request.user, transaction) else { throw BillingError.unavailable }
        if let made = try await repeated(request, transaction) { return PlacedOrder(order: made, isRepeat: true) }
        guard try await openOrders(of: request.user, transaction) < openLimit else {
          throw BillingError.tooManyOpenOrders
        }
        let completed = request.completed(by: try await profile(of: request.user, transaction))
        let order = try await insert(completed, transaction)
        if request.profile.isKnown { try await keep(completed, transaction) }
        return PlacedOrder(order: order, isRepeat: false)
      }
    }
  }

  private func isClosed(_ user: UserID, _ transaction: PostgresTransaction) async throws -> Bool {
    try await transaction.query(
      "SELECT FROM users WHERE id = \(user.uuid) AND (address_problem = 'merged' OR deleted_at IS NOT NULL)"
    ).rows.first != nil
  }

  /// The row that the key made, while the key is valid: the key is free again after a day.
  private func repeated(_ request: OrderRequest, _ transaction: PostgresTransaction) async throws -> Order? {
    guard let key = request.key else { return nil }
    try await transaction.query(
      """
      UPDATE transactions SET idempotency_key = NULL WHERE user_id = \(request.user.uuid) AND idempotency_key = \(key)
        AND created_at < statement_timestamp() - \(Order.keyLife.wholeMilliseconds) * interval '1 millisecond'
      """)
    let found = try await transaction.query(
      """
      SELECT \(OrderRow.columns)
      FROM transactions WHERE user_id = \(request.user.uuid) AND idempotency_key = \(key)
      """)
    guard let order = try found.rows.first.map(OrderRow.read) else { return nil }
    guard order.packID == request.packID, request.profile.buyer.isSaid(in: order.buyer) else {
      throw BillingError.keyReused
    }
    return order
  }

  /// Orders from before the upgrade are not counted, since they can no longer be paid.
  private func openOrders(of user: UserID, _ transaction: PostgresTransaction) async throws -> Int {
    let counted = try await transaction.query(
      """
      SELECT count(*) AS open FROM transactions
      WHERE user_id = \(user.uuid) AND status = ANY(\(OrderStatus.open.map(\.rawValue))) AND guide_status IS NULL
      """)
    return try counted.rows.first?.get("open", as: Int.self) ?? 0
  }

  private func insert(_ request: OrderRequest, _ transaction: PostgresTransaction) async throws -> Order {
    let (buyer, billTo) = (request.profile.buyer, request.profile.billTo)
    let made = try await transaction.query(
      """
      INSERT INTO transactions (user_id, pack_id, pack_version, amount, currency, tax_rate_bp, talktime_ms, buyer_state,
        buyer_gstin, buyer_name, buyer_address, idempotency_key, check_at)
      SELECT \(request.user.uuid), id, version, amount, currency, tax_rate_bp, talktime_ms,
        \(buyer.state?.code), \(buyer.gstin?.text), \(billTo.name), \(billTo.address), \(request.key),
        clock_timestamp() + \(schedule.first.wholeMilliseconds) * interval '1 millisecond'
      FROM packs_on_sale WHERE id = \(request.packID)
      RETURNING \(OrderRow.columns)
      """)
    guard let row = made.rows.first else { throw BillingError.packNotFound }
    return try OrderRow.read(row)
  }

  public func attach(_ razorpayOrderID: String, to id: OrderID) async throws(BillingError) -> Order {
    try await billing {
      let changed = try await database.query(
        """
        UPDATE transactions SET razorpay_order_id = coalesce(razorpay_order_id, \(razorpayOrderID)),
          status = CASE WHEN razorpay_order_id IS NULL AND status = ANY(\(OrderStatus.attaching.map(\.rawValue))) THEN 'created'
            ELSE status END,
          check_at = CASE WHEN razorpay_order_id IS NULL THEN
            clock_timestamp() + \(schedule.first.wholeMilliseconds) * interval '1 millisecond' ELSE check_at END
        WHERE id = \(id.uuid)
        RETURNING \(OrderRow.columns)
        """)
      guard let row = changed.rows.first else { throw BillingError.orderNotFound }
      return try OrderRow.read(row)
    }
  }

  public func order(_ id: OrderID) async throws(BillingError) -> Order? {
    try await billing {
      try await database.query(
        """
        SELECT \(OrderRow.columns)
        FROM transactions WHERE id = \(id.uuid) AND user_id IS NOT NULL
        """
      ).rows.first.map(OrderRow.read)
    }
  }

  public func order(razorpayID: String) async throws(BillingError) -> Order? {
    try await billing {
      try await database.query(
        """
        SELECT \(OrderRow.columns)
        FROM transactions WHERE razorpay_order_id = \(razorpayID) AND user_id IS NOT NULL
        """
      ).rows.first.map(OrderRow.read)
    }
  }

  public func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(BillingError) -> (items: [Order], next: String?) {
    let cursor = after.flatMap { UUID(uuidString: $0) }
    let found: [Order] = try await billing {
      try await database.query(
        """
        SELECT \(OrderRow.columns)
        FROM transactions WHERE user_id = \(user.uuid) AND (\(cursor)::uuid IS NULL OR (created_at, id) <
          (SELECT created_at, id FROM transactions WHERE id = \(cursor) AND user_id = \(user.uuid)))
        ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
        """
      ).rows.map(OrderRow.read)
    }
    let page = Array(found.prefix(limit))
    return (page, found.count > limit ? page.last?.id.description : nil)
  }
}

/// Errors of this system pass unchanged, including refusals of the domain. Any other error means that Postgres cannot
/// be reached; the pool's log has the reason.
@discardableResult
func billing<T: Sendable>(_ body: () async throws -> T) async throws(BillingError) -> T {
  do {
    return try await body()
  } catch let error as BillingError {
    throw error
  } catch let error as OrderAggregateError {
    throw BillingError(error)
  } catch {
    throw .unavailable
  }
}
