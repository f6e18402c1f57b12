import Domain
import PostgresDriver

extension WalletLedger {
  /// Holds talk time once, and renews the expiry of every open hold of the purpose. Nothing is written if the wallet is
  /// empty or has less than `least`.
  public func hold(
    upTo wanted: TalkTime, atLeast least: TalkTime = .zero, reference: String, purpose: String, cause: LedgerCause,
    life: HoldLifetime = .ofTalk, from locked: inout LockedWallet, in transaction: PostgresTransaction
  ) async throws -> HoldResult {
    let found = try await found(reference, purpose, locked.user, transaction)
    if let held = found.standing { return HoldResult(cumulative: found.cumulative, amount: held) }
    let (amount, change) = locked.wallet.hold(upTo: wanted, atLeast: least)
    guard amount > .zero else { return HoldResult(cumulative: found.cumulative, amount: .zero) }
    let cumulative = found.cumulative + amount
    _ = try await write(
      change, Entry(kind: .hold, reference: reference, requested: amount, cause: cause), &locked,
      hold: NewHold(purpose: purpose, amount: amount, cumulative: cumulative, life: life.duration?.wholeMilliseconds),
      transaction)
    return HoldResult(cumulative: cumulative, amount: amount)
  }

  /// Closes every hold of the purpose and charges the used talk time. What holds and wallet lack is owed.
  /// - Returns: nil if nothing had to be written.
  @discardableResult
  public func settle(
    charge: TalkTime, purpose: String, reference: String, kind: LedgerEntryKind = .settlement, cause: LedgerCause,
    in locked: inout LockedWallet, _ transaction: PostgresTransaction
  ) async throws -> LedgerPostingResult? {
    let entry = Entry(kind: kind, reference: reference, requested: charge, cause: cause)
    if let stands = try await standing(entry, locked.user, in: transaction) { return stands }
    let closed = try await transaction.query(
      """
      WITH closed AS (
        UPDATE holds SET closed_at = clock_timestamp() WHERE purpose = \(purpose) AND closed_at IS NULL
        RETURNING amount_ms)
      SELECT coalesce(sum(amount_ms), 0)::bigint AS total FROM closed
      """)
    let holds = TalkTime.milliseconds(try closed.rows.first?.get("total") ?? 0)
    let change = locked.wallet.settle(charge: charge, holds: holds)
    guard !change.isNothing else { return nil }
    return try await write(change, entry, &locked, transaction)
  }

  /// Renews the expiry of the purpose's holds.
  public func extendHolds(purpose: String, in transaction: some PostgresStatementRunner) async throws {
    try await transaction.query(
      """
      UPDATE holds SET expires_at = clock_timestamp() + \(HoldLifetime.ofTalk.duration?.wholeMilliseconds) * interval '1 millisecond'
      WHERE purpose = \(purpose) AND closed_at IS NULL
      """)
  }

  /// The talk time that this reference holds already, and the total of its purpose.
  private func found(
    _ reference: String, _ purpose: String, _ user: UserID, _ transaction: PostgresTransaction
  ) async throws -> (standing: TalkTime?, cumulative: TalkTime) {
    let result = try await transaction.query(
      """
      SELECT coalesce(sum(amount_ms) FILTER (WHERE purpose = \(purpose)), 0)::bigint AS total,
        sum(amount_ms) FILTER (WHERE reference = \(reference))::bigint AS standing,
        bool_or(user_id <> \(user.uuid)) IS TRUE AS is_anothers,
        bool_or(reference = \(reference) AND purpose <> \(purpose)) IS TRUE AS is_for_another
      FROM holds WHERE purpose = \(purpose) OR reference = \(reference)
      """)
    guard let row = result.rows.first else { throw LedgerError.corrupt }
    var differences: Set<DifferingPostingField> = []
    if try row.get("is_anothers", as: Bool.self) { differences.insert(.user) }
    if try row.get("is_for_another", as: Bool.self) { differences.insert(.purpose) }
    guard differences.isEmpty else { throw LedgerError.differs(reference: reference, in: differences) }
    return (
      try row.get("standing", as: Int64?.self).map { .milliseconds($0) }, .milliseconds(try row.get("total"))
    )
  }
}
