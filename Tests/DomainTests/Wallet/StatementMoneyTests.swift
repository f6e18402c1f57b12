import Domain
import Testing

@Suite("The money of a statement")
struct StatementMoneyTests {
  @Test("what was refunded is less what the bank returned, by currency")
  func sums() throws {
    let dollars = try #require(Currency("USD"))
    let sums = StatementMoney.sums(
      paid: [Money(Paise(100), dollars), Money(Paise(5)), Money(Paise(7))],
      refunded: [Money(Paise(4)), Money(Paise(2))], returned: [Money(Paise(1)), Money(Paise(3), dollars)])
    #expect(
      sums == [
        StatementMoney(currency: .inr, paid: Paise(12), refunded: Paise(5)),
        StatementMoney(currency: dollars, paid: Paise(100), refunded: Paise(-3)),
      ])
    #expect(StatementMoney.sums(paid: [], refunded: [], returned: []).isEmpty)
  }
}
