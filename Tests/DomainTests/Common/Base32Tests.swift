import Domain
import Testing

@Suite("Base32")
struct Base32Tests {
  @Test(
    "the examples of RFC 4648, without their padding",
    arguments: [
      ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
      ("foobar", "MZXW6YTBOI"),
    ])
  func examples(text: String, encoded: String) {
    #expect(Base32.standard.encode(Array(text.utf8)) == encoded)
    #expect(Base32.standard.decode(encoded) == Array(text.utf8))
  }

  @Test("whatever is encoded is decoded to the same bytes, in both alphabets")
  func roundTrip() {
    for length in 0..<40 {
      let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max) }
      for base in [Base32.standard, .crockford] { #expect(base.decode(base.encode(bytes)) == bytes) }
    }
  }

  @Test(
    "only the canonical form is decoded",
    arguments: ["M", "MZ=", "mzxw6", "MZXW1", "MZXW6 ", "MZ", "MZXW7", "MZXW6YTBO", "é"])
  func refused(text: String) { #expect(Base32.standard.decode(text) == nil) }
}
