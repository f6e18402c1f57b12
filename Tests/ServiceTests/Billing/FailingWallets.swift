import Application
import Domain
import Foundation

/// Wallets, figures and the audit log that cannot be reached.
struct FailingWallets: WalletReader, StatementReader, WalletAdministration, OperatorActionReader, BillingFiguresReader {
  func figures(of days: StatementDays) async throws(BillingError) -> BillingFigures { throw .unavailable }
  func actions(
    by actor: String?, on subject: String?, before number: Int64?, limit: Int
  ) async throws(BillingError) -> [NotedOperatorAction] { throw .unavailable }
  func balance(of user: UserID) async throws(BillingError) -> FreezableWallet { throw .unavailable }
  func balance(of user: UserID, at moment: Date) async throws(BillingError) -> FreezableWallet { throw .unavailable }
  func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: Int64?) { throw .unavailable }
  func statement(
    of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
  ) async throws(BillingError) -> StatementRecord { throw .unavailable }
  func wallet(of user: UserID) async throws(WalletAdministrationError) -> WalletOverview { throw .unavailable }
  func correct(
    _ correction: WalletCorrection, of user: UserID, reference: CorrectionReference, _ auditNote: AuditNote,
    dailyCap: TalkTime?
  ) async throws(WalletAdministrationError) -> AdjustedWallet { throw .unavailable }
  func freeze(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    throw .unavailable
  }
  func thaw(_ user: UserID, _ auditNote: AuditNote) async throws(WalletAdministrationError) -> AdjustedWallet {
    throw .unavailable
  }
}
