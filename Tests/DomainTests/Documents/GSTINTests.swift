import Fakes
import Testing

@testable import Domain

@Suite("GSTIN")
struct GSTINTests {
  @Test(
    "published GSTINs are accepted",
    arguments: [("27AAPFU0939F1ZV", "27"), ("29AAGCB7383J1Z4", "29"), ("24AAACC1206D1ZM", "24")])
  func published(text: String, state: String) throws {
    let gstin = try #require(GSTIN(text))
    #expect(gstin.state.code == state)
    #expect(gstin.description == text)
    #expect(gstin.pan == String(text.dropFirst(2).prefix(10)))
    #expect(GSTIN(" \(text.lowercased()) ") == gstin)
  }

  @Test(
    "a GSTIN is accepted as people type and paste it",
    arguments: [
      "27 AAPFU 0939 F 1 Z V", "27-AAPFU0939F-1ZV", "27aapfu0939f1zv", "27 aapfu-0939f 1zv", "27\u{A0}AAPFU0939F1ZV",
      "27\u{2013}AAPFU0939F\u{2011}1ZV", "  27AAPFU0939F1Z V ",
    ])
  func typed(text: String) {
    #expect(GSTIN(text)?.text == "27AAPFU0939F1ZV")
  }

  @Test(
    "a text of another form is refused",
    arguments: [
      "", "27AAPFU0939F1Z", "27AAPFU0939F1ZVV", "369296450896540", "27AAPFU0939F1ZX", "27AAPFU0939F1YV",
      "27AAPFU 939F1ZV",
      "27AAPFU0939F0ZV", "00AAPFU0939F1ZV", "２７AAPFU0939F1ZV", "27AAPFU0939F1Zß",
      String(repeating: "A", count: 100_000),
    ])
  func refused(text: String) {
    #expect(GSTIN(text) == nil)
  }

  @Test(
    "a GSTIN with its check character is accepted; with any changed character, or two swapped ones, it is refused")
  func mistakes() throws {
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    var random = Seeded(2_627)
    for _ in 0..<200 {
      let good = Self.any(using: &random)
      #expect(GSTIN(String(decoding: good, as: UTF8.self)) != nil)
      for place in 0..<15 {
        for other in alphabet where other != good[place] {
          var bad = good
          bad[place] = other
          #expect(GSTIN(String(decoding: bad, as: UTF8.self)) == nil)
        }
      }
      for place in 0..<14 where good[place] != good[place + 1] {
        var bad = good
        bad.swapAt(place, place + 1)
        #expect(GSTIN(String(decoding: bad, as: UTF8.self)) == nil)
      }
    }
  }

  private static func any(using random: inout Seeded) -> [UInt8] {
    var text = GSTState.all.randomElement(using: &random)?.code ?? "29"
    for form in "LLLLLDDDDLN" {
      let choice =
        form == "L" ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : form == "D" ? "0123456789" : "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
      text.append(choice.randomElement(using: &random) ?? "A")
    }
    text += "Z"
    return Array(text.utf8) + [GSTIN.checkCharacter(of: text.utf8)]
  }
}
