import Domain
import FoundationEssentials
import Testing

@Suite("Money")
struct MoneyTests {
  @Test("paise add, subtract and compare as the whole numbers that they are")
  func arithmetic() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let left = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
      let right = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
      #expect((Paise(left) + Paise(right)).count == left + right)
      #expect(Paise(left) + Paise(right) - Paise(right) == Paise(left))
      #expect((Paise(left) < Paise(right)) == (left < right))
    }
    #expect(Paise.zero + Paise(1) == Paise(1))
  }

  @Test("an amount is a bare number in JSON, and never a fraction", arguments: [0, 1, 19_900, Int64.max, Int64.min])
  func json(count: Int64) throws {
    let data = try JSONEncoder().encode([Paise(count)])
    #expect(String(decoding: data, as: UTF8.self) == "[\(count)]")
    #expect(try JSONDecoder().decode([Paise].self, from: data) == [Paise(count)])
  }

  @Test(
    "a value that is no whole number is no amount",
    arguments: ["[1.5]", #"["100"]"#, "[null]", "[9223372036854775808]"])
  func noAmount(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Paise].self, from: Data(text.utf8)) }
  }

  @Test("a currency is three capital letters", arguments: ["INR", "USD", "EUR"])
  func currency(code: String) throws {
    let currency = try #require(Currency(code))
    #expect(currency.description == code)
    #expect(try JSONDecoder().decode([Currency].self, from: try JSONEncoder().encode([currency])) == [currency])
  }

  @Test("a text of another form is no currency", arguments: ["", "IN", "INRS", "inr", "İNR", "I R", "1NR", "ＩＮＲ"])
  func noCurrency(code: String) throws {
    #expect(Currency(code) == nil)
    let data = try JSONEncoder().encode([code])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Currency].self, from: data) }
  }

  @Test("the same amount of another currency is not equal")
  func differs() throws {
    let dollars = try #require(Currency("USD"))
    #expect(Money(Paise(100)) == Money(Paise(100), .inr))
    #expect(Money(Paise(100)) != Money(Paise(100), dollars))
    #expect(Money(Paise(100)) != Money(Paise(101)))
  }
}
