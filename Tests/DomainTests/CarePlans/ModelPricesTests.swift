import Domain
import Testing

@Suite("What a model's tokens cost")
struct ModelPricesTests {
  @Test("a list of prices has a model and three prices an entry")
  func list() throws {
    let prices = try #require(ModelPrices("gemini-3.5-flash=2500/21000/21001, gemini-flash-latest=0/1/100000000"))
    let flash = try #require(TokenPrices(prompt: Paise(2_500), thoughts: Paise(21_000), answer: Paise(21_001)))
    let latest = try #require(TokenPrices(prompt: .zero, thoughts: Paise(1), answer: TokenPrices.most))
    #expect(prices == ModelPrices(["gemini-3.5-flash": flash, "gemini-flash-latest": latest]))
    for kind in ModelTokenKind.allCases { #expect(prices.cost(of: 1, kind, by: "gemini-pro") == nil) }
    #expect(ModelPrices.none.cost(of: 1, .prompt, by: "gemini-3.5-flash") == nil)
  }

  @Test(
    "any other list is refused",
    arguments: [
      "", "gemini", "gemini=1/2", "gemini=1/2/3/4", "gemini=1/2/x", "gemini=1/2/-3", "gemini=1.5/2/3", "gemini=1/2/3,",
      "=1/2/3", "gemini=1/2/100000001", "gemini=1/2/3,gemini=1/2/3", "gemini=1/2/99999999999999999999", "a b=1/2/3",
    ])
  func refused(text: String) { #expect(ModelPrices(text) == nil) }

  @Test("each kind has its price, and a token that costs far less than a paisa is not lost")
  func costs() throws {
    let prices = try #require(TokenPrices(prompt: Paise(1), thoughts: Paise(2_500), answer: Paise(21_000)))
    #expect(prices.cost(of: 1, .prompt) == NanoRupees(10))
    #expect(prices.cost(of: 0, .answer) == NanoRupees(0))
    // A million tokens cost their price: 25 and 210 rupees.
    #expect(prices.cost(of: 1_000_000, .thoughts) == NanoRupees(25_000_000_000))
    #expect(prices.cost(of: 1_000_000, .answer) == NanoRupees(210_000_000_000))
  }

  @Test("the costs of single tokens add up to that of all of them, whatever the price", arguments: [1, 7, 21_001])
  func exact(price: Int64) throws {
    let prices = try #require(TokenPrices(prompt: Paise(price), thoughts: .zero, answer: .zero))
    let sum = [1, 17, 999, 123_456].map { prices.cost(of: $0, .prompt).count }.reduce(0, +)
    #expect(prices.cost(of: 1 + 17 + 999 + 123_456, .prompt).count == sum)
  }

  @Test("an absurd number of tokens ends no process")
  func bounds() throws {
    let prices = try #require(TokenPrices(prompt: TokenPrices.most, thoughts: .zero, answer: .zero))
    #expect(prices.cost(of: .max, .prompt) == NanoRupees(.max))
    #expect(TokenPrices(prompt: Paise(-1), thoughts: .zero, answer: .zero) == nil)
    #expect(TokenPrices(prompt: TokenPrices.most + Paise(1), thoughts: .zero, answer: .zero) == nil)
  }
}
