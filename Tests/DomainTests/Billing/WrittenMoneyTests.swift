import Domain
import Testing

@Suite("Money as text")
struct WrittenMoneyTests {
  @Test(
    "rupees are grouped as in India",
    arguments: [
      (0, "₹0.00"), (5, "₹0.05"), (19_900, "₹199.00"), (99_999, "₹999.99"), (100_000, "₹1,000.00"),
      (12_345_678, "₹1,23,456.78"), (1_234_567_890, "₹1,23,45,678.90"), (-19_900, "-₹199.00"),
      (Int64.min, "-₹92,23,37,20,36,85,47,758.08"),
    ])
  func rupees(count: Int64, text: String) {
    #expect(Money(Paise(count)).written == text)
  }

  @Test("another currency has its code and groups of three digits")
  func dollars() throws {
    let dollars = try #require(Currency("USD"))
    #expect(Money(Paise(12_345_678), dollars).written == "USD 123,456.78")
    #expect(Money(Paise(1), dollars).inWords == nil)
  }

  @Test(
    "each currency has its own number of decimals",
    arguments: [
      ("JPY", 500, "JPY 500"), ("JPY", 1_234_567, "JPY 1,234,567"), ("KWD", 1_990, "KWD 1.990"),
      ("KWD", 5, "KWD 0.005"),
      ("KWD", -1_234_567, "-KWD 1,234.567"), ("EUR", 7, "EUR 0.07"), ("JPY", 0, "JPY 0"), ("KWD", 0, "KWD 0.000"),
    ])
  func decimals(code: String, count: Int64, text: String) throws {
    #expect(Money(Paise(count), try #require(Currency(code))).written == text)
  }

  @Test(
    "an amount is written in words",
    arguments: [
      (0, "Rupees zero only"), (19_900, "Rupees one hundred ninety-nine only"),
      (89_905, "Rupees eight hundred ninety-nine and five paise only"),
      (12_345_678, "Rupees one lakh twenty-three thousand four hundred fifty-six and seventy-eight paise only"),
      (2_000_000_000, "Rupees two crore only"), (1_200, "Rupees twelve only"), (10, "Rupees zero and ten paise only"),
    ])
  func words(count: Int64, text: String) {
    #expect(Money(Paise(count)).inWords == text)
  }

  @Test("a negative amount has no words")
  func negative() {
    #expect(Money(Paise(-1)).inWords == nil)
  }
}
