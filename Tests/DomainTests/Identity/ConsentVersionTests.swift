import Domain
import Testing

@Suite("Versions of the text that users consent to")
struct ConsentVersionTests {
  @Test("a version is a short word", arguments: ["1", "2026-11", "v1.2_draft", String(repeating: "a", count: 40)])
  func valid(text: String) { #expect(ConsentVersion(text)?.text == text) }

  @Test("anything else is none", arguments: ["", " ", "v 1", "v1\n", "ä", String(repeating: "a", count: 41)])
  func invalid(text: String) { #expect(ConsentVersion(text) == nil) }
}
