import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresTalkLedger: ConversationRepository {
  /// Under the wallet's lock, so that webhook, look and start make one adjustment of it, whoever comes first, and the
  /// day's sum is what it is.
  public func reconcile(
    _ conversation: String, reported: ReportedDuration?
  ) async throws(TalkLedgerError) -> ReconciliationResult? {
    try await reporting {
      try await database.transaction { transaction in
        guard let owner = try await owner(of: conversation, transaction) else { return nil }
        var locked = try await ledger.lock(owner, in: transaction)
        guard let lasted = try await noted(reported, conversation, owner, transaction) else { return nil }
        let talks = try await talks(of: conversation, transaction)
        guard talks.unsettled == 0 else {
          try await rest(conversation, transaction)
          return .waiting
        }
        let found = Reconciliation(
          duration: lasted.duration, charged: talks.charged, forgiven: talks.forgiven, adjusted: lasted.adjusted)
        return try await decide(found, conversation, lasted.number, &locked, transaction)
      }
    }
  }

  private struct Lasted {
    let duration: TalkTime
    let adjusted: TalkTime
    /// How many adjustments there were.
    let number: Int
  }

  private func owner(of conversation: String, _ transaction: PostgresTransaction) async throws -> UserID? {
    try await transaction.query("SELECT user_id FROM conversations WHERE id = \(conversation)").rows.first
      .map { UserID(try $0.get("user_id")) }
  }

  /// The newest word of the provider counts, and closes the conversation. Nil where none was ever told. Only words that the
  /// provider has dated are compared: its clock is not ours.
  /// - Throws: where the owner is another one meanwhile: the accounts were merged, and the next try finds the right one.
  private func noted(
    _ reported: ReportedDuration?, _ conversation: String, _ owner: UserID, _ transaction: PostgresTransaction
  ) async throws -> Lasted? {
    if let reported { try await note(reported, conversation, transaction) }
    let found = try await transaction.query(
      """
      SELECT duration_ms, adjusted_ms, adjustments FROM conversations
      WHERE id = \(conversation) AND user_id = \(owner.uuid) FOR UPDATE
      """)
    guard let row = found.rows.first else { throw TalkLedgerError.unavailable }
    guard let duration = try row.get("duration_ms", as: Int64?.self) else { return nil }
    return Lasted(
      duration: .milliseconds(duration), adjusted: .milliseconds(try row.get("adjusted_ms")),
      number: try row.get("adjustments"))
  }

  private func note(
    _ reported: ReportedDuration, _ conversation: String, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      UPDATE conversations SET closed_at = coalesce(closed_at, clock_timestamp()), signed_url = '',
        duration_ms = CASE WHEN told_at > \(reported.told) THEN duration_ms ELSE \(reported.duration.milliseconds) END,
        told_at = greatest(told_at, \(reported.told)),
        opened_at = CASE WHEN \(reported.duration > .zero) THEN coalesce(opened_at, clock_timestamp()) ELSE opened_at END
      WHERE id = \(conversation)
      """)
  }

  private func talks(
    of conversation: String, _ transaction: PostgresTransaction
  ) async throws -> (unsettled: Int, charged: TalkTime, forgiven: TalkTime) {
    let found = try await transaction.query(
      """
      SELECT count(*) FILTER (WHERE settled_at IS NULL) AS unsettled,
        coalesce(sum(charged_ms), 0)::bigint AS charged_ms,
        coalesce(sum(forgiven_ms + CASE WHEN end_reason = 'lost' THEN \(Reconciliation.lostSlice.milliseconds) ELSE 0 END),
          0)::bigint AS forgiven_ms
      FROM talk_sessions WHERE conversation_id = \(conversation)
      """)
    guard let row = found.rows.first else { throw LedgerError.corrupt }
    return (
      try row.get("unsettled"), .milliseconds(try row.get("charged_ms")), .milliseconds(try row.get("forgiven_ms"))
    )
  }

  /// Its talk is to end: looked at until it has, so that whoever heard the news may die before.
  private func rest(_ conversation: String, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE conversations SET check_at = clock_timestamp() + interval '5 seconds' WHERE id = \(conversation)
      """)
  }

  private func decide(
    _ found: Reconciliation, _ conversation: String, _ number: Int, _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws -> ReconciliationResult {
    let day = try await toleratedBeside(conversation, transaction)
    let verdict = found.verdict(day: day.reduce(.zero) { $0 + $1.difference })
    guard verdict != .tolerated, found.difference != .zero || verdict == .adjustedWithTheDay else {
      try await tolerate(found.difference, conversation, transaction)
      return .tolerated(found.difference)
    }
    let reason = "lasted \(found.duration), charged \(found.charged + found.adjusted)"
    try await adjust(
      Small(id: conversation, difference: found.difference, number: number), reason, &locked, transaction)
    if verdict == .adjustedWithTheDay {
      for small in day { try await adjust(small, "the day's small differences", &locked, transaction) }
    }
    return .adjusted(found.difference)
  }

  /// A difference that was tolerated, and how often its conversation was adjusted before.
  private struct Small {
    let id: String
    let difference: TalkTime
    let number: Int
  }

  /// What is tolerated of the user's other conversations of the same day (UTC).
  private func toleratedBeside(_ conversation: String, _ transaction: PostgresTransaction) async throws -> [Small] {
    try await transaction.query(
      """
      SELECT c.id, c.tolerated_ms, c.adjustments FROM conversations c JOIN conversations this ON this.user_id = c.user_id
      WHERE this.id = \(conversation) AND c.id <> this.id AND c.tolerated_ms <> 0
        AND c.invited_at >= date_trunc('day', this.invited_at, 'UTC')
        AND c.invited_at < date_trunc('day', this.invited_at, 'UTC') + interval '24 hours'
      ORDER BY c.invited_at
      """
    ).rows.map { row in
      Small(
        id: try row.get("id"), difference: .milliseconds(try row.get("tolerated_ms")),
        number: try row.get("adjustments"))
    }
  }

  private func tolerate(
    _ difference: TalkTime, _ conversation: String, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      UPDATE conversations SET reconciled_at = clock_timestamp(), check_at = NULL,
        tolerated_ms = \(difference.milliseconds)
      WHERE id = \(conversation)
      """)
  }

  private func adjust(
    _ small: Small, _ reason: String, _ locked: inout LockedWallet, _ transaction: PostgresTransaction
  ) async throws {
    let number = small.number + 1
    let reference = "conversation:\(small.id):\(number)"
    let cause = Cause.event("conversation", small.id)
    if small.difference > .zero {
      try await ledger.debit(
        small.difference, kind: .adjustment, reference: reference, cause: cause, reason: reason, from: &locked,
        in: transaction)
    } else if small.difference < .zero {
      try await ledger.credit(
        -small.difference, kind: .adjustment, reference: reference, cause: cause, reason: reason, to: &locked,
        in: transaction)
    }
    try await transaction.query(
      """
      UPDATE conversations SET reconciled_at = clock_timestamp(), check_at = NULL, tolerated_ms = 0,
        adjusted_ms = adjusted_ms + \(small.difference.milliseconds), adjustments = \(number)
      WHERE id = \(small.id)
      """)
  }
}
