import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Refunds and disputes. The order's row is locked first, then the wallet's, as a payment does.
public struct PostgresRefundRepository: RefundRepository {
  let database: PostgresPool
  let rows = RefundRows()
  let ledger: WalletLedger
  let refundLedger: RefundLedger

  public init(database: PostgresPool) {
    self.database = database
    let outbox = PostgresOutbox(source: "billing")
    ledger = WalletLedger(outbox: outbox)
    refundLedger = RefundLedger(ledger: ledger, outbox: outbox)
  }

  public func request(_ request: RefundRequest) async throws(BillingError) -> Refund {
    try await billing {
      try await database.transaction { transaction in
        guard let order = try await rows.lock(request.order, in: transaction) else {
          throw BillingError.orderNotFound
        }
        if let made = try await requested(request, transaction) { return try made.refund(of: order.id) }
        guard let payment = order.creditedPayment else { throw BillingError.notRefundable }
        var locked = try await ledger.lock(order.user, in: transaction)
        let amount = try Self.amount(request, order, locked.wallet)
        var row = try await rows.insert(
          RefundRows.New(
            paymentID: payment, money: Money(amount, order.price.currency), status: .requested, origin: .operator,
            reason: request.reason, requestedBy: request.actor.description, key: request.key),
          of: order.id, in: transaction)
        try await refundLedger.take(
          &row, of: order, cause: .actor(request.actor.description), from: &locked, in: transaction)
        try await OperatorAction(
          actor: request.actor.description, action: "order.refunded", subject: order.id.description,
          reason: request.reason, details: "\(amount), refund \(row.id)"
        ).note(in: transaction)
        return try row.refund(of: order.id)
      }
    }
  }

  public func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    try await billing {
      try await database.transaction { transaction in
        guard let locked = try await rows.lock(order.id, in: transaction) else { throw BillingError.orderNotFound }
        guard locked.creditedPayment != payment.id else { throw BillingError.notRefundable }
        let returns = locked.refunds.filter { $0.paymentID == payment.id && $0.origin == .surplus }
        if let made = returns.last(where: { $0.status != .failed }) ?? returns.last {
          return try made.refund(of: order.id)
        }
        return try await rows.insert(
          RefundRows.New(
            paymentID: payment.id, money: Money(payment.unreturned, payment.money.currency), status: .requested,
            origin: .surplus),
          of: order.id, in: transaction
        ).refund(of: order.id)
      }
    }
  }

  public func record(
    _ refund: GatewayRefund, of id: OrderID, cause: Cause
  ) async throws(BillingError) -> Refund {
    try await billing {
      try await database.transaction { transaction in
        guard let order = try await rows.lock(id, in: transaction) else { throw BillingError.orderNotFound }
        var row = try await row(of: refund, order, transaction)
        // What failed by our own word alone, Razorpay's word outranks.
        if row.razorpayID == nil, row.wasRefused, row.status == .failed { row.status = .requested }
        row.razorpayID = refund.id
        try await move(
          &row, to: RefundStatus(rawValue: refund.status.rawValue) ?? .pending, of: order, cause: cause, transaction)
        return try row.refund(of: id)
      }
    }
  }

  public func refuse(_ refund: RefundID, cause: Cause) async throws(BillingError) -> Refund {
    try await billing {
      try await database.transaction { transaction in
        let found = try await transaction.query("SELECT transaction_id FROM refunds WHERE id = \(refund.uuid)")
        guard let id = try found.rows.first.map({ OrderID(try $0.get("transaction_id", as: UUID.self)) }),
          let order = try await rows.lock(id, in: transaction),
          var row = order.refunds.first(where: { $0.id == refund })
        else { throw BillingError.orderNotFound }
        // Razorpay may have told of it meanwhile: then it was not refused, whatever a later try was told.
        guard row.razorpayID == nil else { return try row.refund(of: id) }
        try await rows.markRefused(row.id, in: transaction)
        try await move(&row, to: .failed, of: order, cause: cause, transaction)
        return try row.refund(of: id)
      }
    }
  }

  public func claimDue(limit: Int) async throws(BillingError) -> [Refund] {
    try await billing {
      try await database.query(
        """
        UPDATE refunds SET attempts = attempts + 1,
          try_at = clock_timestamp() + least(3600, 30 * 2 ^ least(attempts, 10)) * interval '1 second'
        WHERE id IN (
          SELECT id FROM refunds WHERE try_at <= statement_timestamp() ORDER BY try_at LIMIT \(limit)
          FOR UPDATE SKIP LOCKED)
        RETURNING id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
          talktime_ms, attempt, attempts, refused_at IS NOT NULL AS was_refused
        """
      ).rows.map { try RefundRows.read($0).refund(of: OrderID(try $0.get("transaction_id", as: UUID.self))) }
    }
  }

  public func refunds(of order: OrderID) async throws(BillingError) -> [Refund] {
    try await billing { try await rows.all(of: order, in: database).map { try $0.refund(of: order) } }
  }

  // MARK: steps

  /// The payment has just been credited: what was heard of its refunds before takes its time now.
  func apply(
    to id: OrderID, of payment: String, cause: Cause, _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    guard var order = try await rows.lock(id, in: transaction) else { return }
    let waiting = order.refunds.indices.filter { index in
      let row = order.refunds[index]
      return row.paymentID == payment && row.talkTime == nil && row.status != .failed
    }
    for index in waiting {
      var row = order.refunds[index]
      try await refundLedger.take(&row, of: order, cause: cause, from: &locked, in: transaction)
      order.refunds[index] = row
      if row.status == .processed {
        try await refundLedger.settle(row, of: order, cause: cause, in: &locked, transaction)
      }
    }
    try await rows.refreshStatus(of: id, in: transaction)
  }

  private static func amount(
    _ request: RefundRequest, _ order: RefundedOrder, _ wallet: Wallet
  ) throws(BillingError) -> Paise {
    let shares = order.shares
    let value = shares.value(ofUnspent: wallet.available)
    guard let asked = request.amount else {
      // Razorpay sends back no less than a rupee.
      guard value >= Paise(100) else { throw .nothingToRefund }
      return value
    }
    guard shares.refundable > .zero else { throw .nothingToRefund }
    // A fee on top can go back with the last of the price; no talk time was sold for it.
    let left = max(shares.refundable, order.creditedPayment.map(order.left) ?? .zero)
    guard asked <= left else { throw .refundExceedsPayment(left: left) }
    guard request.force || asked <= value || value == shares.refundable else {
      throw .refundExceedsUnspent(value: value)
    }
    return asked
  }

  private func requested(_ request: RefundRequest, _ transaction: PostgresTransaction) async throws -> RefundRow? {
    try await transaction.query(
      """
      SELECT id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin, talktime_ms, attempt,
        attempts, refused_at IS NOT NULL AS was_refused
      FROM refunds WHERE transaction_id = \(request.order.uuid) AND requested_by = \(request.actor.description)
        AND idempotency_key = \(request.key)
      """
    ).rows.first.map(RefundRows.read)
  }

  /// Ours by Razorpay's id, or by the receipt that we gave it; else one that we have not heard of.
  private func row(
    of refund: GatewayRefund, _ order: RefundedOrder, _ transaction: PostgresTransaction
  ) async throws -> RefundRow {
    if let known = order.refunds.first(where: { $0.razorpayID == refund.id }) { return known }
    if let id = refund.receipt.flatMap(RefundID.init),
      let asked = order.refunds.first(where: { $0.id == id && $0.razorpayID == nil })
    {
      return asked
    }
    return try await rows.insert(
      RefundRows.New(
        paymentID: refund.paymentID, razorpayID: refund.id, money: refund.money, status: .requested,
        origin: .razorpay),
      of: order.id, in: transaction)
  }

  /// Old news change nothing but the id.
  private func move(
    _ row: inout RefundRow, to status: RefundStatus, of order: RefundedOrder, cause: Cause,
    _ transaction: PostgresTransaction
  ) async throws {
    let stood = order.refunds.first { [id = row.id] in $0.id == id }?.status
    let revived = stood == .failed && row.status != .failed
    let before = row.status
    if status.rank > before.rank { row.status = status }
    let moved = row.status
    if moved == before {
      // The same status again: at most the id is new, and when to ask next stays as it is.
      try await transaction.query(
        """
        UPDATE refunds SET razorpay_refund_id = \(row.razorpayID) WHERE id = \(row.id.uuid)
          AND razorpay_refund_id IS NULL
        """)
    } else {
      try await rows.update(row, revived: revived, in: transaction)
      // Razorpay says what we had said before.
      if revived, moved == .failed { return }
    }
    var locked = try await ledger.lock(order.user, in: transaction)
    let isCredited = row.paymentID == order.creditedPayment
    if isCredited {
      if moved != .failed, row.talkTime == nil || revived {
        try await refundLedger.take(&row, of: order, cause: cause, from: &locked, in: transaction)
      }
      if moved == .processed, moved != before {
        try await refundLedger.settle(row, of: order, cause: cause, in: &locked, transaction)
      }
    } else if moved == .processed, moved != before, order.owesBack(row.paymentID) {
      try await refundLedger.tellReturned(row, of: order, transaction)
    }
    if moved == .failed, moved != before {
      var others = order
      others.refunds.removeAll { [id = row.id] in $0.id == id }
      if isCredited {
        try await refundLedger.release(row, before: before, cause: cause, in: &locked, transaction)
        try await refundLedger.reconcileAgain(others, after: row.id, cause: cause, in: &locked, transaction)
      }
      try await takeLost(of: row.paymentID, others, cause, &locked, transaction)
    }
    if !isCredited { try await arrangeReturn(of: row.paymentID, order.id, transaction) }
    if moved != before { try await rows.refreshStatus(of: order.id, in: transaction) }
  }

  /// A payment that is to go back goes on being asked for until it is back: the next attempt is written down with the
  /// failure of the last, and one that another refund has taken the place of is dropped.
  func arrangeReturn(
    of payment: String, _ id: OrderID, _ transaction: PostgresTransaction
  ) async throws {
    guard let order = try await rows.lock(id, in: transaction) else { return }
    let returns = order.refunds.filter { $0.paymentID == payment && $0.origin == .surplus }
    var others = order
    others.refunds.removeAll { $0.paymentID == payment && $0.origin == .surplus && $0.status == .requested }
    let left = others.left(of: payment)
    if var waiting = returns.last(where: { $0.status == .requested }) {
      guard waiting.amount > left else { return }
      waiting.status = .failed
      try await rows.markRefused(waiting.id, in: transaction)
      try await rows.update(waiting, revived: false, in: transaction)
    }
    // One that went back by another's hand, and came back from the bank, has no attempt of ours yet.
    let attempt = returns.last?.attempt ?? 0
    let hasFailed = order.refunds.contains { $0.paymentID == payment && $0.status == .failed }
    guard left > .zero, attempt > 0 || hasFailed && order.owesBack(payment),
      let pause = attempt > 0 ? ReturnSchedule.pause(after: attempt) : .zero,
      let currency = Currency(order.refunds.last { $0.paymentID == payment }?.currency ?? "")
    else { return }
    _ = try await rows.insert(
      RefundRows.New(
        paymentID: payment, money: Money(left, currency), status: .requested, origin: .surplus,
        attempt: attempt + 1, pause: pause),
      of: id, in: transaction)
  }
}
