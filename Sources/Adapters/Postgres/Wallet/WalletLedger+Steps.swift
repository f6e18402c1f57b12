import Domain
import PostgresDriver

extension WalletLedger {
  /// Makes the entries that a rule of the domain requires, one after the other.
  func apply(
    _ steps: [LedgerInstruction], cause: LedgerCause, to locked: inout LockedWallet, in transaction: PostgresTransaction
  ) async throws {
    for step in steps {
      switch step {
      case .credit(let time, let kind, let reference, let reason):
        try await credit(
          time, kind: kind, reference: reference, cause: cause, reason: reason, to: &locked, in: transaction)
      case .debit(let time, let kind, let reference, let reason):
        try await debit(
          time, kind: kind, reference: reference, cause: cause, reason: reason, from: &locked, in: transaction)
      case .giveBack(let time, let reference):
        try await giveBack(time, reference: reference, cause: cause, to: &locked, in: transaction)
      case .hold(let wanted, let reference, let purpose):
        _ = try await hold(
          upTo: wanted, reference: reference, purpose: purpose, cause: cause, life: .untilSettled, from: &locked,
          in: transaction)
      case .settle(let charge, let kind, let reference, let purpose):
        try await settle(
          charge: charge, purpose: purpose, reference: reference, kind: kind, cause: cause, in: &locked, transaction)
      case .freeze(let cause, let reason):
        try await freeze(&locked, cause: cause, reason: reason, in: transaction)
      case .thaw(let cause):
        try await thaw(&locked, cause: cause, in: transaction)
      }
    }
  }
}
