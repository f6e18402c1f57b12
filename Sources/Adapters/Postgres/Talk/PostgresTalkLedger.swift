import Application
import Domain
import FoundationEssentials
import Metrics
import PostgresDriver

/// The holds and the costs of talks. Every write takes the wallet's lock first.
public struct PostgresTalkLedger: TalkLedger {
  let database: PostgresPool
  let ledger: WalletLedger
  let outbox: PostgresOutbox
  /// What this process has settled.
  let charged = FloatingPointCounter(label: "talktime_charged_seconds")

  public init(database: PostgresPool) {
    self.database = database
    outbox = PostgresOutbox(source: "session")
    ledger = WalletLedger(outbox: outbox)
  }

  public func wallet(of user: UserID) async throws(TalkLedgerError) -> WalletStanding {
    try await reporting {
      try await ledger.read(user, in: database).state
    }
  }

  public func open(_ opening: NewTalk) async throws(TalkLedgerError) -> SliceGrant {
    try await reporting {
      try await database.transaction { transaction in
        var locked = try await ledger.lock(opening.user, in: transaction)
        try await transaction.query(
          """
          INSERT INTO talk_sessions (id, user_id, agent_id, conversation_id)
          VALUES (\(opening.session.text), \(opening.user.uuid), \(opening.agent),
            \(opening.invitation.conversation))
          ON CONFLICT (id) DO NOTHING
          """)
        try await refuseSettled(opening.session, transaction)
        if try await PostgresAccountStatusReader.isDisabled(opening.user, transaction) {
          throw TalkLedgerError.accountClosed
        }
        if let refusal = locked.state.refusal { throw refusal }
        let grant = try await held(1, opening.session, &locked, transaction)
        guard grant.cumulative > .zero else { throw TalkLedgerError.insufficientTalkTime }
        try await PostgresConversationRepository.note(opening, transaction)
        return grant
      }
    }
  }

  public func hold(
    slice number: Int64, for session: SessionID, user: UserID, metered: TalkTime
  ) async throws(TalkLedgerError) -> SliceGrant {
    try await reporting {
      try await database.transaction { transaction in
        var locked = try await ledger.lock(user, in: transaction)
        try await refuseSettled(session, transaction)
        if locked.isFrozen { throw TalkLedgerError.frozen }
        try await transaction.query(
          """
          UPDATE talk_sessions SET metered_ms = greatest(metered_ms, \(metered.milliseconds))
          WHERE id = \(session.text)
          """)
        return try await held(number, session, &locked, transaction)
      }
    }
  }

  public func extend(_ session: SessionID) async throws(TalkLedgerError) {
    try await reporting { try await ledger.extendHolds(purpose: Self.purpose(session), in: database) }
  }

  static func purpose(_ session: SessionID) -> String { "session:\(session.text)" }

  private func held(
    _ number: Int64, _ session: SessionID, _ locked: inout LockedWallet, _ transaction: PostgresTransaction
  ) async throws -> SliceGrant {
    let held = try await ledger.hold(
      upTo: SliceGrant.length, reference: "\(Self.purpose(session)):slice:\(number)", purpose: Self.purpose(session),
      cause: "slice", from: &locked, in: transaction)
    return SliceGrant(
      slice: number, held: held.amount, cumulative: held.cumulative, wallet: locked.wallet, version: locked.version)
  }

  private func refuseSettled(_ session: SessionID, _ transaction: PostgresTransaction) async throws {
    let result = try await transaction.query(
      "SELECT settled_at IS NOT NULL AS settled FROM talk_sessions WHERE id = \(session.text)")
    guard let row = result.rows.first, try !row.get("settled", as: Bool.self) else {
      throw TalkLedgerError.settledAlready
    }
  }

  func reporting<T: Sendable>(_ body: () async throws -> T) async throws(TalkLedgerError) -> T {
    try await TalkLedgerError.reporting(body)
  }
}

extension LockedWallet {
  fileprivate var state: WalletStanding {
    WalletStanding(available: wallet.available, owed: wallet.owed, version: version, isFrozen: isFrozen)
  }
}
