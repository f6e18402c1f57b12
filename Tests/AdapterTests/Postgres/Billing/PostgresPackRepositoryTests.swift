import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Packs as an operator edits them", .serialized)
struct PostgresPackRepositoryTests {
  private struct Now: WallClock { func now() -> Date { Date() } }

  private func version(_ id: String, amount: Int64 = 9_900, from: Date = Date() - 10) throws -> PackVersion {
    try PackVersion(
      Pack(
        id: id, version: 1, name: "Five minutes", talkTime: .minutes(5), price: Money(Paise(amount)),
        taxRate: .standard), from: from)
  }

  private func price(_ id: String, _ pool: PostgresPool) async throws -> Int64? {
    try await PostgresOrderRepository(database: pool).packs().first { $0.id == id }?.price.amount.count
  }

  @Test("a new pack is on sale at its position, and its id is taken")
  func add() async throws {
    try await withMigratedDatabase { database in
      let packs = PostgresPackRepository(database: database.pool)
      try await packs.add(try version("five"), position: 0, by: "test")
      #expect(try await PostgresOrderRepository(database: database.pool).packs().first?.id == "five")
      await #expect(throws: PackError.exists) { try await packs.add(try version("five"), position: 0, by: "test") }
      let noted = try await database.pool.query("SELECT actor, action FROM operator_actions WHERE subject = 'five'")
      #expect(try noted.rows.map { try $0.get("action", as: String.self) } == ["pack.add"])
    }
  }

  @Test("no statement puts a pack on sale in another currency than rupees", arguments: ["JPY", "KWD"])
  func rupeesAlone(currency: String) async throws {
    try await withMigratedDatabase { database in
      await #expect(throws: PostgresError.self) {
        try await database.pool.query(
          """
          INSERT INTO pack_versions (pack_id, version, name, talktime_ms, amount, currency, tax_rate_bp)
          VALUES ('hour', 2, 'One hour', 3600000, 500, \(currency), 1800)
          """)
      }
      await #expect(throws: PostgresError.self) {
        try await database.pool.query("UPDATE pack_versions SET currency = \(currency)")
      }
      let sold = try await PostgresOrderRepository(database: database.pool).packs()
      #expect(!sold.isEmpty && sold.allSatisfy { $0.price.currency == .inr })
    }
  }

  @Test("a pack that an older build sold in another currency is taken off sale, and its orders keep it")
  func foreignBefore() async throws {
    try await withDatabase(before: 15) { database in
      try await database.pool.query("INSERT INTO packs (id, position) VALUES ('yen', 0)")
      try await database.pool.query(
        """
        INSERT INTO pack_versions (pack_id, version, name, talktime_ms, amount, currency, tax_rate_bp)
        VALUES ('yen', 1, 'For yen', 600000, 500, 'JPY', 1800)
        """)
      let orders = PostgresOrderRepository(database: database.pool)
      try await database.pool.query(
        """
        INSERT INTO transactions (user_id, pack_id, pack_version, amount, currency, talktime_ms, status)
        VALUES (gen_random_uuid(), 'yen', 1, 500, 'JPY', 600000, 'created')
        """)
      try await database.migrate()
      #expect(try await orders.packs().map(\.id).contains("yen") == false)
      await #expect(throws: BillingError.packNotFound) { try await orders.create(for: UserID(UUID()), packID: "yen") }
      #expect(try await database.pool.count("transactions") == 1)
      // An operator may still retire the pack, or sell it for rupees.
      let packs = PostgresPackRepository(database: database.pool)
      let yen = try #require(PackID("yen"))
      try await packs.retire(yen, at: nil, by: "test")
      await #expect(throws: EditPack.Failure.refused(.invalidCurrency)) {
        var changes = PackChanges()
        changes.name = "For more yen"
        _ = try await EditPack(packs: packs, clock: Now())(yen, changes, by: "test")
      }
      var changes = PackChanges()
      (changes.currency, changes.amount) = (.inr, Paise(19_900))
      _ = try await EditPack(packs: packs, clock: Now())(yen, changes, by: "test")
      #expect(try await orders.packs().first { $0.id == "yen" }?.price == Money(Paise(19_900)))
    }
  }

  @Test("an order keeps the price that it was made at")
  func edit() async throws {
    try await withMigratedDatabase { database in
      let packs = PostgresPackRepository(database: database.pool)
      let orders = PostgresOrderRepository(database: database.pool)
      let order = try await orders.create(OrderRequest(user: UserID(UUID()), packID: "hour"), openLimit: 1).order
      var changes = PackChanges()
      changes.amount = Paise(99_900)
      changes.taxRate = TaxRate(basisPoints: 500)
      let pack = try #require(PackID("hour"))
      let made = try await EditPack(packs: packs, clock: Now())(pack, changes, by: "test")
      #expect(made.pack.version == 2)
      #expect(try await price("hour", database.pool) == 99_900)
      let kept = try await orders.order(order.id)
      #expect(kept?.price.amount == Paise(89_900) && kept?.taxRate == .standard)
      let next = try await orders.create(OrderRequest(user: UserID(UUID()), packID: "hour"), openLimit: 1).order
      #expect(next.price.amount == Paise(99_900) && next.taxRate.basisPoints == 500)
      await #expect(throws: PackError.changedMeanwhile) { try await packs.append(made, by: "test") }
    }
  }

  @Test("a version with an end date gives way to the version before it")
  func forATime() async throws {
    try await withMigratedDatabase { database in
      let packs = PostgresPackRepository(database: database.pool)
      var changes = PackChanges()
      changes.amount = Paise(50_000)
      changes.until = Date() + 1
      _ = try await EditPack(packs: packs, clock: Now())(try #require(PackID("hour")), changes, by: "test")
      #expect(try await price("hour", database.pool) == 50_000)
      try await database.pool.query(
        "UPDATE pack_versions SET active_from = now() - interval '2 hours', active_until = now() - interval '1 hour' WHERE version = 2"
      )
      #expect(try await price("hour", database.pool) == 89_900)
    }
  }

  @Test("a retired pack is not sold, neither now nor later, until it is edited")
  func retire() async throws {
    try await withMigratedDatabase { database in
      let packs = PostgresPackRepository(database: database.pool)
      let hour = try #require(PackID("hour"))
      var later = PackChanges()
      later.amount = Paise(70_000)
      later.from = Date() + 3_600
      _ = try await EditPack(packs: packs, clock: Now())(hour, later, by: "test")
      try await packs.retire(hour, at: nil, by: "test")
      #expect(try await price("hour", database.pool) == nil)
      let hours = try await packs.versions().filter { $0.version.pack.id == "hour" }
      #expect(hours.allSatisfy { !$0.isOnSale && $0.version.activeUntil != nil })
      await #expect(throws: BillingError.packNotFound) {
        try await PostgresOrderRepository(database: database.pool)
          .create(OrderRequest(user: UserID(UUID()), packID: "hour"), openLimit: 1)
      }
      var revived = PackChanges()
      revived.from = Date() - 1
      _ = try await EditPack(packs: packs, clock: Now())(hour, revived, by: "test")
      #expect(try await price("hour", database.pool) == 70_000)
      let nowhere = try #require(PackID("nowhere"))
      await #expect(throws: PackError.notFound) { try await packs.retire(nowhere, at: nil, by: "test") }
    }
  }
}
