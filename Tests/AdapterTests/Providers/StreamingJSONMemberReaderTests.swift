import Foundation
import Testing

@testable import ElevenLabsAdapter

@Suite("Picking members from JSON that comes in pieces")
struct StreamingJSONMemberReaderTests {
  private func pick(_ text: some StringProtocol, _ wanted: Set<String> = ["a", "b.c", "b.d.e"], pieces: Int = 7)
    -> StreamingJSONMemberReader
  {
    var picker = StreamingJSONMemberReader(wanted)
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...pieces))
      piece.withUnsafeBytes { picker.read($0) }
      rest = rest.dropFirst(piece.count)
    }
    return picker
  }

  @Test("the wanted members are picked, wherever they are, and no others")
  func found() {
    let text = #"""
      { "x": [{"a": 1, "b": {"c": 2}}, "a"], "b": {"d": {"e": "\u00e9\"\\/", "a": 7}, "c": -1.5e2, "a": 8},
        "a": null, "y": {"b": {"c": 9}}, "z": [] }
      """#
    for _ in 0..<200 {
      let picker = pick(text)
      #expect(picker.isWhole)
      #expect(picker.found == ["b.d.e": .text("é\"\\/"), "b.c": .number(-150), "a": .null])
    }
  }

  @Test("a text that is too long, an object and an array are only noted as present")
  func bounded() {
    let long = String(repeating: "é", count: 200)
    #expect(
      pick(#"{"a":"\#(long)","b":{"c":[1],"d":{"e":{}}}}"#).found == ["a": .text(nil), "b.c": .array, "b.d.e": .object])
    #expect(pick(#"{"a":"\#(long)"}"#).isWhole)
    #expect(pick(#"{"\#(long)":1,"a":true}"#).found == ["a": .bool(true)])
  }

  @Test(
    "the picker tells if a text is one whole object",
    arguments: [
      "", "{", "[]", "7", #"{"a":1"#, #"{"a":1}}"#, #"{"a":1}x"#, #"{"a" 1}"#, #"{"a":1,}"#, #"{"a":[1,]}"#, #"{a:1}"#,
      #"{"a":tru}"#, #"{"a":01x}"#, #"{"a":-}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#, "{\"a\":\"\n\"}", #"{"a":[}"#,
      #"{"a":{]}"#, #"{"a":1e}"#, #"{"a":nan}"#, #"{"x":nan}"#, #"{"x":1e}"#, #"{,}"#, #"{"a":,}"#,
    ])
  func broken(text: String) {
    #expect(!pick(text).isWhole)
  }

  @Test("a text nested too deeply is refused")
  func deep() {
    func nested(_ depth: Int) -> String {
      #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    }
    #expect(pick(nested(500), pieces: 100).isWhole && !pick(nested(600), pieces: 100).isWhole)
  }

  @Test("the picker agrees with the JSON decoder on random texts")
  func agrees() throws {
    for _ in 0..<300 {
      let value = Self.random(depth: 3)
      let whole: [String: Any] = ["r": value, "a": "t", "b": ["c": 2.5, "r": Self.random(depth: 2)]]
      let text = String(decoding: try JSONSerialization.data(withJSONObject: whole), as: UTF8.self)
      let picker = pick(text)
      #expect(picker.isWhole, "\(text)")
      #expect(picker.found == ["a": .text("t"), "b.c": .number(2.5)], "\(text)")
      #expect(!pick(text.dropLast()).isWhole)
    }
  }

  private static func random(depth: Int) -> Any {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5)) {
    case 0: return Int.random(in: -1_000...1_000)
    case 1: return Double.random(in: -1e9...1e9)
    case 2: return "\"\\\n\u{1F600}a{}[],:"
    case 3: return Bool.random()
    case 4: return NSNull()
    case 5: return (0..<Int.random(in: 0...3)).map { _ in random(depth: depth - 1) }
    default:
      let names = ["a", "b", "c", "d"].prefix(Int.random(in: 0...4))
      return Dictionary(uniqueKeysWithValues: names.map { ($0, random(depth: depth - 1)) })
    }
  }
}
