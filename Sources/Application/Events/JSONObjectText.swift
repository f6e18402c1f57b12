/// The text of a member of a JSON object, so that the member can be passed on as it was written.
enum JSONObjectText {
  private static let quote = UInt8(ascii: "\""), backslash = UInt8(ascii: "\\")

  /// - Parameters:
  ///   - name: without characters that JSON escapes. A member whose name is written with escapes is another one.
  ///   - json: valid JSON, however it is spaced.
  /// - Returns: nil unless the outermost object has the member once, and the member is an object.
  static func object(_ name: String, of json: String) -> String? {
    let bytes = Array(json.utf8)
    let name = Array("\"\(name)\"".utf8)
    var (depth, index, count) = (0, 0, 0)
    // The last string of the outermost object: before a colon it is a member's name.
    var word: Range<Int>?
    var (isMember, start): (Bool, Int?) = (false, nil)
    var found: Range<Int>?
    while index < bytes.count {
      switch bytes[index] {
      case quote:
        let end = endOfString(bytes, from: index)
        if depth == 1 { word = index..<end }
        index = end
        continue
      case UInt8(ascii: ":") where depth == 1:
        isMember = word.map { bytes[$0].elementsEqual(name) } ?? false
        if isMember { count += 1 }
      case UInt8(ascii: ",") where depth == 1: isMember = false
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if depth == 1, isMember, bytes[index] == UInt8(ascii: "{") { start = index }
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 1, let begun = start { (found, start) = (begun..<(index + 1), nil) }
      default: break
      }
      index += 1
    }
    guard count == 1, let found else { return nil }
    return String(decoding: bytes[found], as: UTF8.self)
  }

  /// - Returns: the index behind the closing quote of the string that begins at `start`.
  private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != quote { index += bytes[index] == backslash ? 2 : 1 }
    return min(index + 1, bytes.count)
  }
}
