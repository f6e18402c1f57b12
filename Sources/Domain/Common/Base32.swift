/// Text of 32 characters, five bits each (RFC 4648, section 6), without padding, in its single canonical form.
public struct Base32: Sendable {
  /// For keys that are typed into an authenticator app.
  public static let standard = Base32("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  /// Crockford's alphabet, which leaves out the letters that are mistaken for others: I, L, O and U.
  public static let crockford = Base32("0123456789abcdefghjkmnpqrstvwxyz")

  /// The values of the characters are their places.
  private let alphabet: [UInt8]

  private init(_ alphabet: String) { self.alphabet = Array(alphabet.utf8) }

  public func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var (pending, bits): (UInt16, Int) = (0, 0)
    for byte in bytes {
      // At most four bits are pending here.
      pending = pending << 8 | UInt16(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(character(pending >> UInt16(bits)))
      }
      pending &= (1 << UInt16(bits)) - 1
    }
    if bits > 0 { text.append(character(pending << UInt16(5 - bits))) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for a character outside the alphabet, and for a text that would not be encoded the same way.
  public func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var (pending, bits): (UInt16, Int) = (0, 0)
    for character in text.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { return nil }
      pending = pending << 5 | UInt16(value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt16(bits)))
      }
      pending &= (1 << UInt16(bits)) - 1
    }
    return encode(bytes) == text ? bytes : nil
  }

  private func character(_ bits: UInt16) -> UInt8 { alphabet[Int(bits & 31)] }
}
