import Domain
import Foundation
import PostgresAdapter
import Testing

@Suite("Postgres: balances")
struct PostgresBalanceReaderTests {
  @Test("a balance counts what is held, and is zero without a wallet")
  func balance() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let balances = PostgresBalanceReader(database: store.pool)
      #expect(try await balances.balance(of: UserID(UUID())) == .zero)
      let person = try await TalkLedgerPerson.with(.seconds(149), in: store)
      try await person.opened()
      #expect(try await person.wallet().held > .zero)
      #expect(try await balances.balance(of: person.user) == .seconds(149))
    }
  }
}
