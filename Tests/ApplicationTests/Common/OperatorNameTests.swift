import Application
import Testing

@Suite("The name of an operator")
struct OperatorNameTests {
  @Test("it is a user's id in one form, or a name at the shell")
  func names() {
    let id = "0D3F5B6E-5C0A-4B8E-9A55-3F1C2F9D7A10"
    #expect(OperatorName(id)?.text == id.lowercased())
    #expect(OperatorName("cli:asha")?.text == "cli:asha")
    for text in ["", "asha", "cli", "cli:a\u{0}", "cli:" + String(repeating: "a", count: 200)] {
      #expect(OperatorName(text) == nil, "\(text)")
    }
  }
}
