/// A talk's id: 22 characters of base64url (RFC 4648, section 5) over 16 bytes. The upper half of the first byte is the
/// shard, so that a webhook finds the session without knowing the user; the other 124 bits are random.
public struct SessionID: Hashable, Sendable, Codable, CustomStringConvertible {
  public static let length = 22

  public let text: String
  public let shard: Shard

  /// - Parameter random: 16 random bytes; the upper half of the first is replaced by the shard.
  public init?(shard: Shard, random: [UInt8]) {
    guard random.count == 16 else { return nil }
    var bytes = random
    bytes[0] = (shard.number << 4) | (bytes[0] & 0x0F)
    self.shard = shard
    text = SessionID.encode(bytes)
  }

  /// Reads the text form; nil for another length, a character outside the alphabet or a spelling that is not canonical.
  public init?(_ text: String) {
    let utf8 = Array(text.utf8)
    guard utf8.count == SessionID.length else { return nil }
    for character in utf8 where SessionID.value(of: character) == nil { return nil }
    guard let first = SessionID.value(of: utf8[0]), let last = SessionID.value(of: utf8[21]), last & 0x0F == 0,
      let shard = Shard(first >> 2)
    else { return nil }
    self.text = text
    self.shard = shard
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let id = SessionID(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a session id")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  public static func == (left: SessionID, right: SessionID) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  public var description: String { text }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case 0x2D: 62
    case 0x5F: 63
    default: nil
    }
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
      buffer = (buffer << 8) | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[Int((buffer >> UInt32(bits)) & 0x3F)])
      }
    }
    if bits > 0 { text.append(alphabet[Int((buffer << UInt32(6 - bits)) & 0x3F)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
