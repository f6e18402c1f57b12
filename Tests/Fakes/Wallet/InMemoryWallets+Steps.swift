import Application
import Domain
import FoundationEssentials
import Synchronization

extension InMemoryWallets {
  /// Makes the entries of the domain's ledger steps. No entry is made for a step that moves nothing, or whose reference
  /// exists.
  func apply(_ steps: [LedgerInstruction], of user: UserID) {
    state.withLock { state in
      for step in steps { apply(step, user, &state) }
    }
  }

  private func apply(_ step: LedgerInstruction, _ user: UserID, _ state: inout State) {
    switch step {
    case .credit(let time, let kind, let reference, _):
      once(kind, reference, user, &state) { wallet, _ in wallet.credit(time) }
    case .debit(let time, let kind, let reference, _):
      once(kind, reference, user, &state) { wallet, _ in wallet.debit(time) }
    case .giveBack(let time, let reference):
      once(.refund, reference, user, &state) { wallet, _ in wallet.credit(time) }
    case .hold(let wanted, let reference, let purpose):
      once(.hold, reference, user, &state) { wallet, holds in
        let (amount, change) = wallet.hold(upTo: wanted)
        holds[purpose, default: .zero] += amount
        return change
      }
    case .settle(let charge, let kind, let reference, let purpose):
      once(kind, reference, user, &state) { wallet, holds in
        wallet.settle(charge: charge, holds: holds.removeValue(forKey: purpose) ?? .zero)
      }
    case .freeze(let cause, let reason): _ = freeze(user, cause.text, reason, &state)
    case .thaw(let cause): _ = thaw(user, cause.text, &state)
    }
  }

  private func once(
    _ kind: LedgerEntryKind, _ reference: String, _ user: UserID, _ state: inout State,
    _ move: (inout Wallet, inout [String: TalkTime]) -> Wallet.Change
  ) {
    guard !state.entries.contains(where: { $0.line.reference == reference }) else { return }
    var (wallet, holds) = (state.accounts[user]?.wallet ?? .empty, state.holds)
    let change = move(&wallet, &holds)
    state.holds = holds
    guard !change.isNothing else { return }
    write(kind.rawValue, reference, requested: .zero, of: user, &state) { account in
      account = wallet
      return change
    }
  }
}
