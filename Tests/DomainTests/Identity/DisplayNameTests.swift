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

  @Test(
    "a name has something that can be seen",
    arguments: ["   ", "\u{A0}\u{3000}", "\u{200B}", "\u{200D}\u{200C}", "\u{FEFF}", "\u{3164}"])
  func blank(name: String) {
    #expect(DisplayName(name) == nil && DisplayName(fitting: name) == nil && PasskeyName(name) == nil)
  }

  @Test("a name does not turn the text around it")
  func direction() {
    for value in Array(0x202A...0x202E) + Array(0x2066...0x2069) as [UInt32] {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let name = "Asha \(Character(scalar))Rao"
      #expect(DisplayName(name) == nil && PasskeyName(name) == nil, "\(value)")
      #expect(DisplayName(fitting: name)?.text == "Asha Rao", "\(value)")
    }
    // Joiners that scripts of India need, a mark for a number, and names from right to left.
    for name in ["क्\u{200D}ष", "श्री\u{200C}मती", "\u{200E}Asha", "عائشة", "חנה"] {
      #expect(DisplayName(name)?.text == name && DisplayName(fitting: name)?.text == name, "\(name)")
    }
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
