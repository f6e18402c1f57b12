import Application
import Domain
import Foundation
import Testing

/// The behaviour of every `WalletAdministration`.
@Suite("Wallets as an operator changes them", .serialized)
struct WalletAdministrationContract {
  @Test(
    "a grant is added and recorded once, and a repeat gives the first answer",
    arguments: BillingStoreKind.allCases)
  func grant(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      let first = try await store.correct(.grant, 60_000, user, "a")
      #expect(first.balance.wallet == Wallet(available: .minutes(1), held: .zero, owed: .zero) && !first.isRepeat)
      _ = try await store.correct(.grant, 1_000, user, "b", reason: "more")
      let again = try await store.correct(.grant, 60_000, user, "a", reason: "in other words")
      #expect(again.isRepeat && again.balance == first.balance)
      #expect(try await store.wallet(user).available == .seconds(61))
      #expect(try await store.actions() == ["cli:asha wallet.grant because", "cli:asha wallet.grant more"])
      let lines = try await store.reading.ledger(of: user, limit: 5, after: nil, includeHolds: false).items
      #expect(lines.map(\.kind) == ["grant", "grant"])
      #expect(lines.map(\.reference) == ["operator:b", "operator:a"])
    }
  }

  @Test(
    "an adjustment takes what is available, the rest is owed, and the next credit pays it",
    arguments: BillingStoreKind.allCases)
  func owed(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      _ = try await store.correct(.grant, 10_000, user, "a")
      let taken = try await store.correct(.adjustment, -12_000, user, "b")
      #expect(taken.balance.wallet == Wallet(available: .zero, held: .zero, owed: .seconds(2)))
      try await store.pause()
      let owing = try await store.now()
      try await store.pause()
      let given = try await store.correct(.adjustment, 5_000, user, "c")
      #expect(given.balance.wallet == Wallet(available: .seconds(3), held: .zero, owed: .zero))
      let lines = try await store.reading.ledger(of: user, limit: 2, after: nil, includeHolds: false).items
      #expect(lines.map(\.amount) == [.seconds(3), .seconds(-10)])
      #expect(lines.map(\.owedChange) == [.seconds(-2), .seconds(2)])
      #expect(try await store.reading.balance(of: user, at: owing).wallet.owed == .seconds(2))
    }
  }

  @Test("of many grants at once only as many succeed as an operator's cap allows", arguments: BillingStoreKind.allCases)
  func capped(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let (chief, other) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
      var users: [UserID] = []
      for _ in 0..<8 { users.append(try await store.user()) }
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for (number, user) in users.enumerated() {
          group.addTask {
            do {
              _ = try await store.correct(.grant, 1_000, user, "g\(number)", actor: chief, dailyCap: .seconds(5))
              return true
            } catch WalletAdministrationError.dailyCapReached {
              return false
            }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(made == 5)
      var granted = TalkTime.zero
      for user in users { granted += try await store.wallet(user).available }
      #expect(granted == .seconds(5))
      #expect(try await store.actions().count == 5)
      // A repeat counts once, another operator has a cap of their own, and some have none.
      for isRepeat in [false, true] {
        let granted = try await store.correct(.grant, 2_000, users[0], "h", actor: other, dailyCap: .seconds(3))
        #expect(granted.isRepeat == isRepeat)
      }
      await #expect(throws: WalletAdministrationError.dailyCapReached) {
        try await store.correct(.grant, 1_001, users[0], "i", actor: other, dailyCap: .seconds(3))
      }
      _ = try await store.correct(.grant, 1_000, users[0], "i", actor: other, dailyCap: .seconds(3))
      _ = try await store.correct(.grant, 60_000, users[0], "j", actor: chief)
    }
  }

  @Test(
    "a reference that stands for something else is refused, and the error names the difference",
    arguments: BillingStoreKind.allCases)
  func differs(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let (user, other) = (try await store.user(), try await store.user())
      _ = try await store.correct(.grant, 10_000, user, "a")
      await #expect(throws: WalletAdministrationError.referenceReused(differences: [.amount])) {
        try await store.correct(.grant, 10_001, user, "a")
      }
      await #expect(throws: WalletAdministrationError.referenceReused(differences: [.kind])) {
        try await store.correct(.adjustment, 10_000, user, "a")
      }
      await #expect(throws: WalletAdministrationError.referenceReused(differences: [.user, .kind, .amount])) {
        try await store.correct(.adjustment, -10_000, other, "a")
      }
      #expect(try await store.wallet(user).available == .seconds(10))
      #expect(try await store.wallet(other) == .empty)
      #expect(try await store.actions().count == 1)
    }
  }

  @Test("sixteen simultaneous requests with one reference are one", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      let answers = try await withThrowingTaskGroup(of: AdjustedWallet.self) { group in
        for _ in 0..<16 { group.addTask { try await store.correct(.grant, 1_000, user, "a") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count(where: { !$0.isRepeat }) == 1)
      #expect(answers.allSatisfy { $0.balance.wallet.available == .seconds(1) })
      #expect(try await store.actions().count == 1)
    }
  }

  @Test("an amount of zero or beyond the limit changes nothing", arguments: BillingStoreKind.allCases)
  func invalid(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      for milliseconds in [0, -1, 1_000_000_000_001] as [Int64] {
        await #expect(throws: WalletAdministrationError.invalidTime) {
          try await store.correct(.grant, milliseconds, user, "a")
        }
      }
      await #expect(throws: WalletAdministrationError.invalidReason) {
        try await store.correct(.grant, 1, user, "a", reason: "")
      }
      await #expect(throws: WalletAdministrationError.invalidReference) {
        try await store.correct(.grant, 1, user, "a b")
      }
      #expect(try await store.wallet(user) == .empty)
      #expect(try await store.actions() == [])
    }
  }

  @Test("a user who does not exist has no wallet", arguments: BillingStoreKind.allCases)
  func nobody(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let nobody = UserID(UUID())
      await #expect(throws: WalletAdministrationError.userNotFound) {
        try await store.administration.wallet(of: nobody)
      }
      await #expect(throws: WalletAdministrationError.userNotFound) { try await store.correct(.grant, 1, nobody, "a") }
      for wish in FreezeWallet.Wish.allCases {
        await #expect(throws: WalletAdministrationError.userNotFound) { try await store.set(wish, nobody) }
      }
      let user = try await store.user()
      let opened = try await store.administration.wallet(of: user)
      #expect(
        opened
          == WalletOverview(
            user: user, balance: FreezableWallet(wallet: .empty, isFrozen: false), version: 0, freezes: [])
      )
    }
  }

  @Test(
    "a wallet is frozen and thawed once each, with the reason, and a new version", arguments: BillingStoreKind.allCases)
  func freezing(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      let frozen = try await store.set(.freeze, user)
      #expect(frozen.balance.isFrozen && !frozen.isRepeat)
      #expect(try await store.set(.freeze, user).isRepeat)
      let opened = try await store.administration.wallet(of: user)
      #expect(opened.balance.isFrozen && opened.version == 1)
      #expect(opened.freezes.map(\.cause) == ["operator"] && opened.freezes.map(\.reason) == ["freeze"])
      // Credits are still accepted.
      #expect(try await store.correct(.grant, 1_000, user, "a").balance.isFrozen)
      try await store.pause()
      let then = try await store.now()
      try await store.pause()
      let thawed = try await store.set(.thaw, user)
      #expect(!thawed.balance.isFrozen && !thawed.isRepeat)
      #expect(try await store.set(.thaw, user).isRepeat)
      #expect(try await store.administration.wallet(of: user).version == 3)
      #expect(try await store.reading.balance(of: user, at: then).isFrozen)
      #expect(try await store.reading.balance(of: user, at: try await store.now()).isFrozen == false)
      let done = ["cli:asha wallet.freeze freeze", "cli:asha wallet.grant because", "cli:asha wallet.thaw thaw"]
      #expect(try await store.actions() == done)
    }
  }

  @Test("an operator's thaw does not end a dispute's freeze", arguments: BillingStoreKind.allCases)
  func dispute(kind: BillingStoreKind) async throws {
    try await WalletAdministrationStore.with(kind) { store in
      let user = try await store.user()
      try await store.dispute(user)
      #expect(try await store.set(.thaw, user).isRepeat)
      #expect(try await store.set(.freeze, user).isRepeat == false)
      let thawed = try await store.set(.thaw, user)
      #expect(thawed.balance.isFrozen && !thawed.isRepeat)
      #expect(try await store.administration.wallet(of: user).freezes.map(\.cause) == ["dispute:disp_1"])
    }
  }
}
