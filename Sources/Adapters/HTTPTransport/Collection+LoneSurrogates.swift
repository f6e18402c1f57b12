extension Collection<UInt8> {
  /// A JSON text in which each escaped surrogate that has no other half (`\ud83d` alone) is a replacement character.
  /// Some encoders write it where a text was cut within a character, and no strict decoder reads it.
  public var withoutLoneSurrogates: [UInt8] {
    let bytes = Array(self)
    var (result, place): ([UInt8], Int) = ([], 0)
    result.reserveCapacity(bytes.count)
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "\\") else {
        result.append(bytes[place])
        place += 1
        continue
      }
      guard let unit = bytes.escapedUnit(at: place) else {
        // Another escape, whose second character may be a backslash.
        result += bytes[place..<Swift.min(place + 2, bytes.count)]
        place += 2
        continue
      }
      let hasOtherHalf =
        UTF16.isLeadSurrogate(unit) && bytes.escapedUnit(at: place + 6).map(UTF16.isTrailSurrogate) == true
      let isLone = UTF16.isSurrogate(unit) && !hasOtherHalf
      let length = hasOtherHalf ? 12 : 6
      result += isLone ? Array(#"\ufffd"#.utf8) : Array(bytes[place..<place + length])
      place += length
    }
    return result
  }
}

extension [UInt8] {
  /// The UTF-16 unit that the six bytes from here escape, such as `\u0041`; nil for anything else.
  fileprivate func escapedUnit(at place: Int) -> UInt16? {
    guard place + 6 <= count, self[place] == UInt8(ascii: "\\"), self[place + 1] == UInt8(ascii: "u") else {
      return nil
    }
    let digits = self[place + 2..<place + 6]
    guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
