import Foundation

/// A stored Argon2id hash in the PHC string format, `$argon2id$v=19$m=…,t=…,p=…$salt$key`.
struct Argon2Hash: Sendable {
  /// The lanes of RFC 9106. Ours have one; accounts from other systems may have more until their next sign-in.
  static let lanesRange: ClosedRange<UInt32> = 1...16

  let text: String
  let parameters: Argon2Parameters
  let lanes: UInt32
  let salt: [UInt8]
  let key: [UInt8]

  /// Nil for any other form, for parameters beyond the limits, and for a key that is too short to tell passwords apart.
  init?(_ text: String) {
    guard text.utf8.count <= 256 else { return nil }
    // A regular expression takes a tenth of a millisecond here, and each sign-in reads one hash.
    let fields = text.utf8.split(separator: UInt8(ascii: "$"), maxSplits: 5, omittingEmptySubsequences: false)
    guard fields.count == 6, fields[0].isEmpty, fields[1].elementsEqual("argon2id".utf8),
      fields[2].elementsEqual("v=19".utf8)
    else { return nil }
    let costs = fields[3].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard costs.count == 3, let memoryKiB = Self.number(costs[0], named: "m="),
      let passes = Self.number(costs[1], named: "t="), let lanes = Self.number(costs[2], named: "p="),
      let salt = Self.bytes(fields[4]), let key = Self.bytes(fields[5])
    else { return nil }
    let parameters = Argon2Parameters(memoryKiB: memoryKiB, passes: passes)
    guard parameters.isWithinLimits, Self.lanesRange.contains(lanes), memoryKiB >= 8 * lanes,
      (8...64).contains(salt.count), (16...64).contains(key.count)
    else { return nil }
    self.text = text
    self.parameters = parameters
    self.lanes = lanes
    self.salt = salt
    self.key = key
  }

  private static func number(_ field: Substring.UTF8View, named name: String) -> UInt32? {
    guard field.starts(with: name.utf8) else { return nil }
    let digits = field.dropFirst(name.utf8.count)
    guard (1...9).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt32(String(Substring(digits)))
  }

  /// Base64 without padding.
  private static func bytes(_ field: Substring.UTF8View) -> [UInt8]? {
    let text = String(Substring(field))
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text + padding).map { Array($0) }
  }
}
