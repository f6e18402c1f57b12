import Domain
import Testing

@Suite("An e-mail address")
struct EmailAddressTests {
  @Test(
    "an address is accepted as it is written",
    arguments: [
      "a@b.co", "asha@example.com", "asha+talk@example.com", "first.last@example.com", "o'neil@example.ie",
      "!#$%&'*+-/=?^_`{|}~@example.org", "1@2.example", "a@xn--bcher-kva.example", "a@sub.sub.example",
    ])
  func taken(text: String) throws {
    #expect(try #require(EmailAddress(text)).text == text)
  }

  @Test(
    "an address is refused if it is no single address that mail can be sent to",
    arguments: [
      "", "@", "a", "a@", "@b.co", "a@b", "a@@b.co", "a@b@c.co", "a b@example.com", "a@exa mple.com",
      // Control characters would end a header or a string.
      "a\0@example.com", "a@example.com\0", "a@example.com\r", "a@example.com\n", "a@example.com\r\nBcc: b@example.com",
      "\na@example.com", "a\t@example.com", "a\u{7F}@example.com",
      // Dots stand between other characters.
      "a@example.com.", "a.@example.com", ".a@example.com", "a..b@example.com", "a@.example.com", "a@example..com",
      // Forms that a mail server would interpret in its own way.
      "a(comment)@example.com", "(comment)a@example.com", "a@example.com(comment)", "\"a b\"@example.com",
      "\"a\"@example.com", "a\\b@example.com", "<a@example.com>", "Asha <a@example.com>", "a,b@example.com",
      "a@example.com,b@example.com", "a;b@example.com", "a:b@example.com", "a@[127.0.0.1]",
      "a@-example.com", "a@example-.com", "a@exam_ple.com", "é@example.com", "a@éxample.com",
    ])
  func refused(text: String) {
    #expect(EmailAddress(text) == nil)
  }

  @Test("an address has 254 octets at most, 64 of them before the @, 63 in a label")
  func lengths() {
    for (local, fits) in [(64, true), (65, false), (1, true)] {
      #expect((EmailAddress(String(repeating: "l", count: local) + "@example.com") != nil) == fits)
    }
    let local = String(repeating: "l", count: 64)
    let labels = [60, 60, 60].map { String(repeating: "d", count: $0) }.joined(separator: ".")
    for (last, octets, fits) in [(3, 254, true), (4, 255, false)] {
      let text = "\(local)@\(labels).\(String(repeating: "c", count: last)).io"
      #expect(text.utf8.count == octets)
      #expect((EmailAddress(text) != nil) == fits)
    }
    #expect(EmailAddress("a@\(String(repeating: "d", count: 64)).com") == nil)
  }

  @Test("an address keeps its capitals for display and is compared without them")
  func capitals() throws {
    let shown = try #require(EmailAddress("Asha.Rao+Talk@Example.COM"))
    let plain = try #require(EmailAddress("asha.rao+talk@example.com"))
    #expect(shown.text == "Asha.Rao+Talk@Example.COM" && shown.description == shown.text)
    #expect(shown == plain && shown.canonical == plain.canonical && Set([shown, plain]).count == 1)
    let untagged = try #require(EmailAddress("asha.rao@example.com"))
    #expect(shown != untagged)
  }

  @Test("spaces around an address are removed, and nothing else")
  func spaces() throws {
    #expect(try #require(EmailAddress("  a@example.com ")).text == "a@example.com")
    #expect(EmailAddress("\u{A0}a@example.com") == nil)
  }

  @Test("any accepted address is safe in a header and one mailbox")
  func property() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("ab.@+-\"(), <>\\\r\n\0é1Z")
    var accepted = 0
    for _ in 0..<20_000 {
      let local = String(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
      let domain = String(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
      guard let address = EmailAddress("\(local)@\(domain).io") else { continue }
      accepted += 1
      #expect(address.text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
      #expect(address.text.utf8.count(where: { $0 == 0x40 }) == 1)
      #expect(!address.text.contains("..") && !address.text.hasPrefix(".") && !address.text.contains(".@"))
      #expect(EmailAddress(address.text)?.text == address.text)
    }
    #expect(accepted > 0)
  }
}
