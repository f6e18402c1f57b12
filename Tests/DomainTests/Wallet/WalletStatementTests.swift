import Domain
import Fakes
import Testing

@Suite("The statement of a wallet")
struct WalletStatementTests {
  private typealias Entry = (kind: LedgerEntryKind, change: Wallet.Change, after: Wallet)

  /// Random entries, as the services make them.
  private func history(_ count: Int, _ random: inout Seeded) -> [Entry] {
    var wallet = Wallet.empty
    return (0..<count).map { _ in
      let time = TalkTime.milliseconds(.random(in: 0...100_000, using: &random))
      let made: (kind: LedgerEntryKind, change: Wallet.Change) =
        switch Int.random(in: 0..<9, using: &random) {
        case 0: (.purchase, wallet.credit(time))
        case 1: (.grant, wallet.credit(time))
        case 2: (.opening, wallet.credit(time))
        case 3: (.hold, wallet.hold(upTo: time).change)
        case 4: (.settlement, wallet.settle(charge: time, holds: wallet.held))
        case 5: (.release, wallet.settle(charge: .zero, holds: wallet.held))
        case 6: (.refund, wallet.debit(time))
        case 7: (.adjustment, wallet.debit(time))
        default: (.adjustment, wallet.credit(time))
        }
      return (made.kind, made.change, wallet)
    }
  }

  private func sums(_ entries: some Sequence<Entry>) -> [LedgerEntryKind: Wallet.Change] {
    entries.reduce(into: [:]) { sums, entry in
      sums[entry.kind] = sums[entry.kind, default: .nothing] + entry.change
    }
  }

  @Test("wherever a history is cut, the opening and the entries of each part are its closing")
  func addsUp() throws {
    var random = Seeded(62)
    for _ in 0..<300 {
      let entries = history(Int.random(in: 0...60, using: &random), &random)
      let cuts = (0..<3).map { _ in Int.random(in: 0...entries.count, using: &random) }.sorted()
      var opening = Wallet.empty
      for (first, last) in zip([0] + cuts, cuts + [entries.count]) {
        let part = entries[first..<last]
        let closing = part.last?.after ?? opening
        let statement = try #require(WalletStatement(opening: opening, closing: closing, changes: sums(part)))
        #expect(opening.net + statement.minutes.total == closing.net)
        // The lines of the entries lead there as well.
        let balance = part.reduce(opening.balance) { $0 + $1.change.available + $1.change.held }
        #expect(balance == closing.balance)
        opening = closing
      }
    }
  }

  @Test("a sum that is wrong by a millisecond makes no statement, whichever figure it is of")
  func doesNotAddUp() throws {
    var random = Seeded(63)
    let one = TalkTime.milliseconds(1)
    for _ in 0..<100 {
      let entries = history(20, &random)
      let closing = try #require(entries.last?.after)
      for error in [
        Wallet.Change(available: one, held: .zero, owed: .zero),
        Wallet.Change(available: .zero, held: one, owed: .zero),
        Wallet.Change(available: .zero, held: .zero, owed: one),
        // Moved from one figure to another, so that the balance is right.
        Wallet.Change(available: one, held: -one, owed: .zero), Wallet.Change(available: one, held: .zero, owed: one),
      ] {
        var changes = sums(entries)
        changes[.purchase] = changes[.purchase, default: .nothing] + error
        #expect(WalletStatement(opening: .empty, closing: closing, changes: changes) == nil)
      }
    }
  }

  @Test("a period without entries is empty")
  func empty() throws {
    let statement = try #require(WalletStatement(opening: .empty, closing: .empty, changes: [:]))
    #expect(statement.minutes.total == .zero)
    var wallet = Wallet.empty
    _ = wallet.credit(.minutes(1))
    #expect(WalletStatement(opening: .empty, closing: wallet, changes: [:]) == nil)
    #expect(WalletStatement(opening: wallet, closing: wallet, changes: [:]) != nil)
  }

  @Test("the minutes are in groups, and a purchase that pays a debt counts in full")
  func groups() throws {
    var wallet = Wallet.empty
    var entries: [Entry] = []
    func add(_ kind: LedgerEntryKind, _ change: Wallet.Change) { entries.append((kind, change, wallet)) }
    add(.adjustment, wallet.debit(.seconds(100)))
    #expect(wallet.owed == .seconds(100))
    add(.purchase, wallet.credit(.seconds(600)))
    add(.opening, wallet.credit(.seconds(5)))
    add(.grant, wallet.credit(.seconds(10)))
    add(.hold, wallet.hold(upTo: .seconds(60)).change)
    add(.settlement, wallet.settle(charge: .seconds(45), holds: .seconds(60)))
    add(.refund, wallet.debit(.seconds(30)))
    let statement = try #require(WalletStatement(opening: .empty, closing: wallet, changes: sums(entries)))
    let minutes = statement.minutes
    #expect(minutes.bought == .seconds(600) && minutes.granted == .seconds(15))
    #expect(minutes.spent == .seconds(-45) && minutes.refunded == .seconds(-30))
    #expect(minutes.adjusted == .seconds(-100) && minutes.total == .seconds(440))
    #expect(statement.closing.balance == .seconds(440) && statement.closing.owed == .zero)
  }
}
