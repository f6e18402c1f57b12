import Application
import Domain
import Foundation
import Testing

@Suite("Reading a wallet", .serialized)
struct WalletReadingContract {
  private let user = UserID(UUID())

  private func pay(_ count: Int, in store: BillingStore) async throws {
    for _ in 0..<count {
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_\(UUID())"), of: order, cause: "test")
    }
  }

  @Test("nobody's is empty, and is not frozen", arguments: BillingStoreKind.allCases)
  func empty(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let balance = try await store.payments.balance(of: user)
      #expect(balance == Balance(wallet: .empty, isFrozen: false))
      let page = try await store.payments.ledger(of: user, limit: 10, after: nil, includeHolds: true)
      #expect(page.items.isEmpty && page.next == nil)
    }
  }

  @Test("a line says what was moved and what was there then", arguments: BillingStoreKind.allCases)
  func lines(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      try await store.hold(.minutes(1), user, "session:s1:slice:1")
      let lines = try await store.payments.ledger(of: user, limit: 10, after: nil, includeHolds: true).items
      #expect(lines.map(\.kind) == ["hold", "purchase"])
      // What is held is the user's still, so a hold moves nothing of the balance.
      #expect(lines.map(\.amount) == [.zero, .minutes(10)])
      #expect(lines.map(\.balanceAfter) == [.minutes(10), .minutes(10)])
      #expect(lines.map(\.reference) == ["session:s1:slice:1", "payment:pay_1"])
      let without = try await store.payments.ledger(of: user, limit: 10, after: nil, includeHolds: false).items
      #expect(without == lines.filter { $0.kind == "purchase" })
      #expect(try await store.wallet(of: user).held == .minutes(1))
    }
  }

  @Test("pages go back from the newest, and what is written meanwhile moves none", arguments: BillingStoreKind.allCases)
  func paging(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await pay(5, in: store)
      let all = try await store.payments.ledger(of: user, limit: 10, after: nil, includeHolds: false).items
      #expect(all.count == 5 && all.map(\.balanceAfter) == [50, 40, 30, 20, 10].map { TalkTime.minutes($0) })
      var seen: [LedgerLine] = []
      var cursor: String?
      repeat {
        let page = try await store.payments.ledger(of: user, limit: 2, after: cursor, includeHolds: false)
        #expect(page.items.count <= 2)
        seen += page.items
        cursor = page.next
        try await pay(1, in: store)
        try await store.hold(.seconds(1), user, "session:s\(seen.count):slice:1")
      } while cursor != nil && seen.count < 10
      #expect(seen == all)
    }
  }

  @Test("shows its owner's lines alone", arguments: BillingStoreKind.allCases)
  func owner(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await pay(1, in: store)
      let foreign = try await store.payments.ledger(of: UserID(UUID()), limit: 10, after: nil, includeHolds: true)
      #expect(foreign.items.isEmpty)
    }
  }
}
