import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Changes wallets for an operator. The ledger's statements and the audit note are one transaction.
public struct PostgresWalletAdministration: WalletAdministration {
  private let database: PostgresPool
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  public init(database: PostgresPool) { self.database = database }

  public func wallet(of user: UserID) async throws(WalletAdministrationError) -> WalletOverview {
    try await administration {
      try await database.transaction(isolation: .repeatableRead) { transaction in
        try await requireUser(user, transaction)
        let found = try await ledger.read(user, in: transaction)
        return WalletOverview(
          user: user, balance: FreezableWallet(wallet: found.wallet, isFrozen: found.isFrozen), version: found.version,
          freezes: try await freezes(of: user, transaction))
      }
    }
  }

  public func correct(
    _ correction: WalletCorrection, of user: UserID, reference: CorrectionReference, _ auditNote: AuditNote,
    dailyCap: TalkTime?
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await administration {
      try await database.transaction { transaction in
        try await requireUser(user, transaction)
        var locked = try await ledger.lock(user, in: transaction)
        let posting = try await post(correction, reference, auditNote, &locked, transaction)
        if !posting.isRepeat {
          if let dailyCap {
            let use = OperatorDailyUse(actor: auditNote.actor, granted: correction.time)
            guard try await use.count(below: dailyCap.milliseconds, in: transaction) else {
              throw WalletAdministrationError.dailyCapReached
            }
          }
          let action = correction.kind == .grant ? "wallet.grant" : "wallet.adjust"
          let details = "talktime_ms=\(correction.time.milliseconds) reference=\(reference) cause=\(auditNote.cause)"
          try await note(action, user, auditNote, details, transaction)
        }
        return AdjustedWallet(
          balance: FreezableWallet(wallet: posting.wallet, isFrozen: locked.isFrozen), isRepeat: posting.isRepeat)
      }
    }
  }

  public func freeze(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await setFreeze(true, user, auditNote)
  }

  public func thaw(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await setFreeze(false, user, auditNote)
  }

  private func setFreeze(
    _ wanted: Bool, _ user: UserID, _ auditNote: AuditNote
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await administration {
      try await database.transaction { transaction in
        try await requireUser(user, transaction)
        var locked = try await ledger.lock(user, in: transaction)
        let standing = try await freezes(of: user, transaction).contains {
          $0.cause == FreezeCause.operatorRequest.text
        }
        if standing != wanted {
          if wanted {
            try await ledger.freeze(&locked, cause: .operatorRequest, reason: auditNote.reason.text, in: transaction)
          } else {
            try await ledger.thaw(&locked, cause: .operatorRequest, in: transaction)
          }
          try await note(
            wanted ? "wallet.freeze" : "wallet.thaw", user, auditNote, "cause=\(auditNote.cause)", transaction)
        }
        return AdjustedWallet(
          balance: FreezableWallet(wallet: locked.wallet, isFrozen: locked.isFrozen), isRepeat: standing == wanted)
      }
    }
  }

  private func post(
    _ correction: WalletCorrection, _ reference: CorrectionReference, _ auditNote: AuditNote,
    _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws -> LedgerPostingResult {
    let kind: LedgerEntryKind = correction.kind == .grant ? .grant : .adjustment
    if correction.time > .zero {
      return try await ledger.credit(
        correction.time, kind: kind, reference: reference.text, cause: auditNote.cause, reason: auditNote.reason.text,
        to: &locked, in: transaction)
    }
    return try await ledger.debit(
      -correction.time, kind: kind, reference: reference.text, cause: auditNote.cause, reason: auditNote.reason.text,
      from: &locked, in: transaction)
  }

  private func requireUser(_ user: UserID, _ transaction: PostgresTransaction) async throws {
    let found = try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid)")
    if found.rows.isEmpty { throw WalletAdministrationError.userNotFound }
  }

  private func freezes(of user: UserID, _ transaction: PostgresTransaction) async throws -> [ActiveFreeze] {
    try await transaction.query(
      """
      SELECT cause, reason, frozen_at FROM wallet_freezes WHERE user_id = \(user.uuid) AND thawed_at IS NULL ORDER BY id
      """
    ).rows.map {
      ActiveFreeze(cause: try $0.get("cause"), reason: try $0.get("reason"), since: try $0.get("frozen_at"))
    }
  }

  private func note(
    _ action: String, _ user: UserID, _ auditNote: AuditNote, _ details: String, _ transaction: PostgresTransaction
  ) async throws {
    try await OperatorAction(
      actor: auditNote.actor, action: action, subject: user.description, reason: auditNote.reason.text, details: details
    ).note(in: transaction)
  }
}

/// Errors of this system pass unchanged. Any other error means that Postgres cannot be reached; the pool's log has the
/// reason.
private func administration<T: Sendable>(_ body: () async throws -> T) async throws(WalletAdministrationError) -> T {
  do {
    return try await body()
  } catch let error as WalletAdministrationError {
    throw error
  } catch LedgerError.differs(_, let differences) {
    throw .referenceReused(differences: differences)
  } catch {
    throw .unavailable
  }
}
