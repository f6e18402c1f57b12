import FoundationEssentials
import HTTPTransport
import Testing

@Suite("Halves of characters in JSON")
struct LoneSurrogatesTests {
  @Test(
    "a half alone becomes a replacement character, and everything else stays",
    arguments: [
      (#""a\ud83d b""#, #""a\ufffd b""#), (#""\udc00\ud83d""#, #""\ufffd\ufffd""#), (#""\ud83d""#, #""\ufffd""#),
      (#""\ud83d\ude00""#, #""\ud83d\ude00""#), (#""\uD83D\uDE00""#, #""\uD83D\uDE00""#),
      (#""\ud83d\ud83d\ude00""#, #""\ufffd\ud83d\ude00""#), (#""\\ud83d \" \n \u0041""#, #""\\ud83d \" \n \u0041""#),
      (#""\u12""#, #""\u12""#), ("\"\\", "\"\\"), (#"{"é":"\ud8zz"}"#, #"{"é":"\ud8zz"}"#), ("", ""),
    ])
  func halves(text: String, expected: String) {
    #expect(String(decoding: text.utf8.withoutLoneSurrogates, as: UTF8.self) == expected)
  }

  @Test("what comes out can be decoded, and a second time changes nothing")
  func property() throws {
    let pieces = [#"\ud83d"#, #"\ude00"#, #"\u0000"#, #"\\"#, #"\""#, "a", "é", #"\n"#]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let text = "\"" + (0..<12).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined() + "\""
      let clean = text.utf8.withoutLoneSurrogates
      #expect(clean.withoutLoneSurrogates == clean)
      #expect((try? JSONDecoder().decode([String].self, from: Data("[".utf8 + clean + "]".utf8))) != nil, "\(text)")
    }
  }
}
