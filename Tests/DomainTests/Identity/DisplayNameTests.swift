import Domain
import Testing

@Suite("Display names")
struct DisplayNameTests {
  private let family = "👨‍👩‍👧‍👦"

  @Test("a name has 1 to 200 code points, as the database counts them")
  func length() {
    #expect(DisplayName("") == nil)
    #expect(DisplayName(String(repeating: "न", count: 200))?.text.unicodeScalars.count == 200)
    #expect(DisplayName(String(repeating: "n", count: 201)) == nil)
    // Seven code points each.
    #expect(DisplayName(String(repeating: family, count: 28)) != nil)
    #expect(DisplayName(String(repeating: family, count: 29)) == nil)
  }

  @Test("a name has no line break", arguments: ["a\nb", "a\r\nb", "a\u{0}b", "a\u{2028}b", "a\u{85}b", "\u{7}"])
  func breaks(name: String) {
    #expect(DisplayName(name) == nil)
  }

  @Test("a name from another system is cut after a whole character, within 200 code points")
  func fitting() {
    #expect(DisplayName(fitting: " Asha\r\nRao ")?.text == "Asha Rao")
    #expect(DisplayName(fitting: String(repeating: family, count: 100))?.text == String(repeating: family, count: 28))
    #expect(DisplayName(fitting: String(repeating: "n", count: 300))?.text == String(repeating: "n", count: 200))
    #expect(DisplayName(fitting: String(repeating: "न", count: 200))?.text.unicodeScalars.count == 200)
    for nothing in ["", " \n ", "n" + String(repeating: "\u{301}", count: 300)] {
      #expect(DisplayName(fitting: nothing) == nil)
    }
  }
}
