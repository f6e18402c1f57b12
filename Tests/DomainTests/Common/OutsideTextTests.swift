import Domain
import Testing

@Suite("Texts from outside")
struct OutsideTextTests {
  @Test(
    "a text becomes one line where one line is needed",
    arguments: [
      ("Plan\r\nBcc: evil@example.com", "Plan Bcc: evil@example.com"), ("  a \t\n b\u{0} ", "a b"),
      ("a\u{2028}b\u{2029}c\u{85}d\u{B}e", "a b c d e"), ("\u{FEFF}नींद  की\u{A0}योजना", "नींद की योजना"), (" \r\n\t ", ""),
      ("नमस्ते", "नमस्ते"), ("a\u{1B}[31mb", "a [31mb"),
      ("Plan \u{202E}fdp.exe\u{202C}", "Plan fdp.exe"), ("\u{2067}a\u{2069} b", "a b"), ("क्\u{200D}ष", "क्\u{200D}ष"),
    ])
  func lines(given: String, line: String) {
    #expect(given.singleLine(upTo: 255) == line)
  }

  @Test("a text is cut after a whole character, by the recipient's way of counting")
  func cut() {
    let family = "👨‍👩‍👧‍👦"
    #expect(String(repeating: "x", count: 255).singleLine(upTo: 255).count == 255)
    let families = String(repeating: family, count: 40).singleLine(upTo: 255)
    #expect(families.utf16.count <= 255 && families.hasSuffix("\(family)…"))
    let hindi = String(repeating: "नि", count: 200).singleLine(upTo: 255)
    #expect(hindi.utf16.count <= 255 && hindi.dropLast().allSatisfy { $0 == "नि" } && hindi.last == "…")
    #expect("ab".singleLine(upTo: 1) == "…" && "a".singleLine(upTo: 1) == "a")
  }

  @Test("a text keeps its lines where they are allowed, and no character that the database cannot store")
  func text() {
    #expect("I cannot sleep\u{0} at night\r\nor\tday\u{7}".cleanText(upTo: 100) == "I cannot sleep at night\nor\tday")
    #expect("a\u{202E}b\u{2066}c\nक्\u{200D}ष".cleanText(upTo: 100) == "abc\nक्\u{200D}ष")
    #expect(String(repeating: "y", count: 5_000).cleanText(upTo: 4_000).utf16.count == 4_000)
  }
}
