import Application
import Domain
import Foundation
import Testing

@Suite("Reading a wallet", .serialized)
struct WalletReaderContract {
  private let user = UserID(UUID())

  private func pay(_ count: Int, in store: BillingStore) async throws {
    for _ in 0..<count {
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_\(UUID())"), of: order, cause: "test")
    }
  }

  @Test("the wallet of a user without entries is empty, and is not frozen", arguments: BillingStoreKind.allCases)
  func empty(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let balance = try await store.wallets.balance(of: user)
      #expect(balance == FreezableWallet(wallet: .empty, isFrozen: false))
      let page = try await store.wallets.ledger(of: user, limit: 10, after: nil, includeHolds: true)
      #expect(page.items.isEmpty && page.next == nil)
    }
  }

  @Test("a line has the amount moved and the balance afterwards", arguments: BillingStoreKind.allCases)
  func lines(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      try await store.hold(.minutes(1), user, "session:s1:slice:1")
      let lines = try await store.wallets.ledger(of: user, limit: 10, after: nil, includeHolds: true).items
      #expect(lines.map(\.kind) == ["hold", "purchase"])
      // Held time still belongs to the user, so a hold does not change the balance.
      #expect(lines.map(\.amount) == [.zero, .minutes(10)])
      #expect(lines.map(\.balanceAfter) == [.minutes(10), .minutes(10)])
      #expect(lines.map(\.reference) == ["session:s1:slice:1", "payment:pay_1"])
      let without = try await store.wallets.ledger(of: user, limit: 10, after: nil, includeHolds: false).items
      #expect(without == lines.filter { $0.kind == "purchase" })
      #expect(try await store.wallet(of: user).held == .minutes(1))
    }
  }

  @Test(
    "pages start with the newest entry, and entries written meanwhile shift none", arguments: BillingStoreKind.allCases)
  func paging(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await pay(5, in: store)
      let all = try await store.wallets.ledger(of: user, limit: 10, after: nil, includeHolds: false).items
      #expect(all.count == 5 && all.map(\.balanceAfter) == [50, 40, 30, 20, 10].map { TalkTime.minutes($0) })
      var seen: [LedgerLine] = []
      var cursor: Int64?
      repeat {
        let page = try await store.wallets.ledger(of: user, limit: 2, after: cursor, includeHolds: false)
        #expect(page.items.count <= 2)
        seen += page.items
        cursor = page.next
        try await pay(1, in: store)
        try await store.hold(.seconds(1), user, "session:s\(seen.count):slice:1")
      } while cursor != nil && seen.count < 10
      #expect(seen == all)
    }
  }

  @Test("only the owner's lines are shown", arguments: BillingStoreKind.allCases)
  func owner(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await pay(1, in: store)
      let foreign = try await store.wallets.ledger(of: UserID(UUID()), limit: 10, after: nil, includeHolds: true)
      #expect(foreign.items.isEmpty)
    }
  }

  @Test("the balance at a past moment is the one after the last entry until then", arguments: BillingStoreKind.allCases)
  func past(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let before = try await store.now()
      for _ in 0..<2 {
        try await store.pause()
        try await pay(1, in: store)
        try await store.pause()
        try await store.hold(.minutes(1), user, "session:s\(UUID()):slice:1")
      }
      #expect(try await store.wallets.balance(of: user, at: before).wallet == .empty)
      let lines = try await store.wallets.ledger(of: user, limit: 10, after: nil, includeHolds: true).items.reversed()
      let held = [0, 1, 1, 2].map { TalkTime.minutes($0) }
      var last = Wallet.empty
      for (line, held) in zip(lines, held) {
        // A client sends the millisecond that it read from the entry itself.
        let shown = Date(timeIntervalSince1970: (line.createdAt.timeIntervalSince1970 * 1_000).rounded(.down) / 1_000)
        #expect(try await store.wallets.balance(of: user, at: shown - 0.002).wallet == last)
        last = try await store.wallets.balance(of: user, at: shown).wallet
        #expect(last.balance == line.balanceAfter && last.held == held)
      }
      #expect(lines.count == 4)
      let now = try await store.wallet(of: user)
      #expect(last == now)
      #expect(try await store.wallets.balance(of: UserID(UUID()), at: try await store.now()).wallet == .empty)
    }
  }
}

@Suite("The end of a millisecond")
struct NextMillisecondTests {
  @Test(
    "a time within a millisecond is rounded up to the next whole one",
    arguments: [
      (0.0, 0.001), (0.000_999, 0.001), (0.001, 0.002), (1_795_622_400.123, 1_795_622_400.124), (-0.000_5, 0),
    ])
  func end(moment: Double, expected: Double) {
    #expect(abs(Date(timeIntervalSince1970: moment).nextMillisecond.timeIntervalSince1970 - expected) < 0.000_000_5)
  }
}
