import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Financial years and the numbers of documents")
struct DocumentNumberTests {
  private func moment(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test(
    "a financial year begins with April in India",
    arguments: [
      ("2026-03-31T18:29:59Z", "2526"), ("2026-03-31T18:30:00Z", "2627"), ("2026-04-01T00:00:00Z", "2627"),
      ("2026-12-31T23:59:59Z", "2627"), ("2027-03-31T18:29:59Z", "2627"), ("2027-03-31T18:30:00Z", "2728"),
      ("2099-12-31T00:00:00Z", "9900"), ("2100-04-01T00:00:00Z", "0001"),
    ])
  func years(text: String, year: String) throws {
    #expect(FinancialYear(of: try moment(text)).description == year)
  }

  @Test("a number is its prefix, its year and seven digits")
  func numbers() throws {
    let year = FinancialYear(of: try moment("2026-11-25T00:00:00Z"))
    #expect(DocumentNumber(.receipt, year, sequence: 1)?.text == "TT2627-0000001")
    #expect(DocumentNumber(.creditNote, year, sequence: 9_999_999)?.text == "CN2627-9999999")
    #expect(DocumentNumber(.creditNote, year, sequence: 0) == nil)
  }

  @Test("no number is longer than sixteen characters, and each is of letters, digits, - and /")
  func length() throws {
    var random = Seeded(46)
    for _ in 0..<2_000 {
      let letters = (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in
        "ABCXYZabcxyz0189-".randomElement(using: &random)
      }
      guard let prefix = DocumentPrefix(String(letters)) else {
        #expect(letters.first == "-" || letters.first == "0")
        continue
      }
      let year = FinancialYear(of: Date(timeIntervalSince1970: .random(in: 0...7_000_000_000, using: &random)))
      let sequence = Int.random(in: 1...(1 << Int.random(in: 0...62, using: &random)), using: &random)
      let number = DocumentNumber(prefix, year, sequence: sequence)
      let room = 16 - prefix.text.utf8.count - 5
      #expect((number != nil) == (String(sequence).utf8.count <= room))
      guard let text = number?.text else { continue }
      #expect((1...16).contains(text.utf8.count) && text.wholeMatch(of: #/[A-Za-z0-9\/-]+/#) != nil)
      #expect(DocumentNumber(text) == number)
    }
  }

  @Test(
    "a prefix has at most four characters, only allowed ones, and no first one that the portal refuses",
    arguments: ["", "ABCDE", "A/", "A B", "Ä", "Tt_", "-TT", "/TT", "0TT", "-", "0", "０T"])
  func noPrefix(text: String) {
    #expect(DocumentPrefix(text) == nil)
  }

  @Test("prefixes that differ by case are one, and a hyphen or a zero may be inside")
  func cases() throws {
    #expect(DocumentPrefix("tt") == DocumentPrefix("TT") && DocumentPrefix("tT") == .receipt)
    #expect(DocumentPrefix("cn")?.text == "CN" && DocumentPrefix("t-0")?.text == "T-0")
    let year = FinancialYear(of: try moment("2026-11-25T00:00:00Z"))
    let number = DocumentNumber(try #require(DocumentPrefix("tt")), year, sequence: 1)
    #expect(number?.text == "TT2627-0000001")
  }

  @Test(
    "a text of another form is no number", arguments: ["", "TT2627-0000000001", "TT 1", "TT2627_1", "<b>", "TT\u{0}"])
  func noNumber(text: String) {
    #expect(DocumentNumber(text) == nil)
  }
}
