import Domain
import PostgresDriver

/// What is set aside for one purpose, all of it so far.
public struct HeldSoFar: Sendable, Equatable {
  public let cumulative: TalkTime
  /// What this reference holds; zero where there was nothing left to hold.
  public let amount: TalkTime
}

extension WalletLedger {
  /// How long a hold is good without news; then somebody asks whether its talk still lives.
  static let holdLife: Int64 = 180_000

  /// Sets time aside once, and gives every open hold of the purpose a fresh expiry. An empty wallet writes nothing.
  public func hold(
    upTo wanted: TalkTime, reference: String, purpose: String, cause: String, from locked: inout LockedWallet,
    in transaction: PostgresTransaction
  ) async throws -> HeldSoFar {
    if let held = try await standing(reference, purpose, transaction) { return held }
    let before = try await cumulative(purpose, transaction)
    let (amount, change) = locked.wallet.hold(upTo: wanted)
    guard amount > .zero else { return HeldSoFar(cumulative: before, amount: .zero) }
    let cumulative = before + amount
    try await transaction.query(
      """
      WITH others AS (
        UPDATE holds SET expires_at = clock_timestamp() + \(Self.holdLife) * interval '1 millisecond'
        WHERE purpose = \(purpose) AND closed_at IS NULL)
      INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at)
      VALUES (\(reference), \(locked.user.uuid), \(purpose), \(amount.milliseconds), \(cumulative.milliseconds),
        \(locked.wallet.available == .zero), clock_timestamp() + \(Self.holdLife) * interval '1 millisecond')
      """)
    try await write(
      change, Entry(kind: .hold, reference: reference, requested: amount, cause: cause), &locked, transaction)
    return HeldSoFar(cumulative: cumulative, amount: amount)
  }

  /// Closes every hold of the purpose and charges what was used.
  public func settle(
    charge: TalkTime, purpose: String, reference: String, cause: String, in locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    if try await stands(reference, amount: charge, in: transaction) { return }
    let closed = try await transaction.query(
      """
      WITH closed AS (
        UPDATE holds SET closed_at = clock_timestamp() WHERE purpose = \(purpose) AND closed_at IS NULL
        RETURNING amount_ms)
      SELECT coalesce(sum(amount_ms), 0)::bigint AS total FROM closed
      """)
    let holds = TalkTime.milliseconds(try closed.rows.first?.get("total") ?? 0)
    let change = locked.wallet.settle(charge: charge, holds: holds)
    guard !change.isNothing else { return }
    try await write(
      change, Entry(kind: .settlement, reference: reference, requested: charge, cause: cause), &locked, transaction)
  }

  /// The holds of the purpose are good for another while.
  public func extendHolds(purpose: String, in transaction: some PostgresSession) async throws {
    try await transaction.query(
      """
      UPDATE holds SET expires_at = clock_timestamp() + \(Self.holdLife) * interval '1 millisecond'
      WHERE purpose = \(purpose) AND closed_at IS NULL
      """)
  }

  private func standing(
    _ reference: String, _ purpose: String, _ transaction: PostgresTransaction
  ) async throws -> HeldSoFar? {
    let result = try await transaction.query("SELECT amount_ms FROM holds WHERE reference = \(reference)")
    guard let row = result.rows.first else { return nil }
    return HeldSoFar(
      cumulative: try await cumulative(purpose, transaction), amount: .milliseconds(try row.get("amount_ms")))
  }

  private func cumulative(_ purpose: String, _ transaction: PostgresTransaction) async throws -> TalkTime {
    let result = try await transaction.query(
      "SELECT coalesce(sum(amount_ms), 0)::bigint AS total FROM holds WHERE purpose = \(purpose)")
    return .milliseconds(try result.rows.first?.get("total") ?? 0)
  }
}
