import Domain
import Testing

@Suite("Recovery codes")
struct RecoveryCodeTests {
  @Test("a code has eighty bits, is shown in groups of four, and is read again however it is typed")
  func reads() throws {
    for _ in 0..<200 {
      let code = try #require(RecoveryCode(bytes: (0..<10).map { _ in UInt8.random(in: .min ... .max) }))
      let shown = code.shown
      #expect(shown.utf8.count == 19 && shown.split(separator: "-").map(\.utf8.count) == [4, 4, 4, 4])
      let sloppy = shown.replacing("0", with: "O").replacing("1", with: "l")
      for typed in [
        shown, shown.uppercased(), code.text, shown.replacing("-", with: " "), " \(shown) ", sloppy,
        sloppy.uppercased(),
      ] {
        #expect(RecoveryCode(typed: typed) == code, "\(typed)")
      }
      #expect(!"\(code)".contains(code.text))
    }
  }

  @Test(
    "what is no code is refused",
    arguments: [
      "", "0000-0000-0000-000", "0000-0000-0000-00000", "0000-0000-0000-000u", "0000-0000-0000-000é",
      "0000_0000_0000_0000",
    ])
  func refused(text: String) { #expect(RecoveryCode(typed: text) == nil) }

  @Test("a long text is not read")
  func long() {
    #expect(RecoveryCode(typed: String(repeating: "-", count: 60_000) + "0000000000000000") == nil)
    #expect(RecoveryCode(bytes: []) == nil && RecoveryCode(bytes: Array(repeating: 0, count: 11)) == nil)
  }
}
