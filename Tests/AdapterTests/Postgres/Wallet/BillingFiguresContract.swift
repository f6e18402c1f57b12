import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("The figures of days", .serialized)
struct BillingFiguresContract {
  @Test("what was paid and sent back today is counted", arguments: BillingStoreKind.allCases)
  func today(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      _ = try await RefundStage.paid(store)
      _ = try await RefundStage.placed(store)
      let refund = try await stage.request(5_000)
      try await stage.steps(.processed, refund)
      // Not done yet.
      _ = try await stage.request(1_000)
      let days = try #require(StatementDays(last: 2, upTo: try await store.now()))
      let found = try await ReadBillingFigures(figures: store.figures)(days)
      #expect(found.map(\.day) == days.starts.map { CalendarDate(inIndiaAt: $0) })
      let empty = try #require(found.first)
      #expect(empty.orders == 0 && empty.refunds == 0 && empty.money.isEmpty && empty.sold == .zero)
      let today = try #require(found.last)
      #expect(today.orders == 2 && today.refunds == 1 && today.sold == .minutes(20) && today.burned == .zero)
      let money = StatementMoney(currency: .inr, paid: Paise(39_800), refunded: Paise(5_000))
      #expect(today.money == [money])
      let later = try #require(StatementDays(last: 1, upTo: days.end + 1))
      #expect(try await ReadBillingFigures(figures: store.figures)(later).first?.orders == 0)
    }
  }

  @Test("a payment of no order that goes back is on no side")
  func surplus() async throws {
    let days = try #require(StatementDays(last: 1, upTo: Date(timeIntervalSince1970: 1_795_500_000)))
    let found = try await ReadBillingFigures(figures: StandingFigures())(days)
    #expect(found.map(\.refunds) == [2] && found.map(\.burned) == [.minutes(3)])
    #expect(found.first?.money == [StatementMoney(currency: .inr, paid: Paise(100), refunded: Paise(30))])
  }

  @Test("what talks were charged is counted on the day of its entry, however many entries there are before")
  func burned() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
          available_after_ms, held_after_ms, version, cause, created_at)
        SELECT gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'settlement' ELSE 'hold' END, 'session:' || n || ':x', 1000,
          0, -1000, CASE n WHEN 500 THEN 500 ELSE 0 END, 0, 0, 1, 'test', now() - (500 - n) * interval '1 hour'
        FROM generate_series(1, 500) n
        """)
      let reader = PostgresBillingFiguresReader(database: pool)
      for count in [1, 5, 92] {
        let days = try #require(StatementDays(last: count, upTo: Date()))
        let expected = try await pool.query(
          """
          SELECT coalesce(sum(1000 + owed_delta_ms), 0)::bigint AS n FROM ledger
          WHERE kind = 'settlement' AND created_at >= \(days.starts.first)
          """
        ).rows.first?.get("n", as: Int64.self)
        let found = try await ReadBillingFigures(figures: reader)(days)
        #expect(found.reduce(0) { $0 + $1.burned.milliseconds } == expected, "\(count) days")
        #expect(found.count == count)
      }
    }
  }

  @Test("figures that take too long are given up")
  func slow() async throws {
    try await withMigratedDatabase { database in
      let reader = PostgresBillingFiguresReader(database: database.pool, patience: .milliseconds(100))
      let days = try #require(StatementDays(last: 1, upTo: Date()))
      try await database.pool.transaction { transaction in
        try await transaction.query("LOCK TABLE transactions IN ACCESS EXCLUSIVE MODE")
        await #expect(throws: BillingError.unavailable) { _ = try await reader.figures(of: days) }
      }
    }
  }
}

private struct StandingFigures: BillingFiguresReader {
  func figures(of days: StatementDays) async throws(BillingError) -> BillingFigures {
    BillingFigures(
      paid: [.init(day: 0, orders: 1, price: Money(Paise(100)), talkTime: .minutes(10))],
      refunded: [
        .init(day: 0, refunds: 1, origin: .operator, money: Money(Paise(20))),
        .init(day: 0, refunds: 1, origin: .dispute, money: Money(Paise(10))),
        .init(day: 0, refunds: 1, origin: .surplus, money: Money(Paise(70))),
      ],
      settled: [0: .minutes(-3)])
  }
}
