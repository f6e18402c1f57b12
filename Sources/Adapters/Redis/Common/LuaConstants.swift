/// Constants of a Lua script, by their names in capitals. Their values are written into the text of the script in the
/// place of the names: Lua 5.1 has no constants, and a local variable costs each call of the script a step.
struct LuaConstants {
  private let values: [[UInt8]: [UInt8]]

  /// - Parameter values: Lua literals by name.
  init(_ values: [String: String]) {
    self.values = Dictionary(uniqueKeysWithValues: values.map { (Array($0.utf8), Array($1.utf8)) })
  }

  /// The script with the values, without its comments. Its lines keep their numbers. What is in quotes stays.
  func filled(into script: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(script.count)
    var rest = script[...]
    while let first = rest.first {
      if rest.starts(with: "--".utf8) {
        rest = rest.drop { $0 != UInt8(ascii: "\n") }
      } else if first == UInt8(ascii: "'") {
        let length = rest.dropFirst().prefix { $0 != first }.count + 2
        text += rest.prefix(length)
        rest = rest.dropFirst(length)
      } else if Self.isOfName(first) {
        let name = Array(rest.prefix(while: Self.isOfName))
        text += values[name] ?? name
        rest = rest.dropFirst(name.count)
      } else {
        text.append(first)
        rest = rest.dropFirst()
      }
    }
    return text
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
