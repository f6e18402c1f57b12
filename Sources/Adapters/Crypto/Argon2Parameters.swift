/// What an Argon2id hash costs (RFC 9106), with one lane. Whatever is stronger than before replaces a hash at its next
/// sign-in.
public struct Argon2Parameters: Sendable, Equatable {
  /// OWASP's first recommendation: 19 MiB and two passes.
  public static let recommended = Argon2Parameters(memoryKiB: 19_456, passes: 2)

  public let memoryKiB: UInt32
  public let passes: UInt32

  public init(memoryKiB: UInt32, passes: UInt32) {
    self.memoryKiB = memoryKiB
    self.passes = passes
  }

  /// The beginning of a hash in the PHC string format, before its salt.
  var phcPrefix: String { "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=1$" }

  /// The parameters of a hash in the PHC string format; nil for any other text.
  init?(of hash: String) {
    // A regular expression takes a tenth of a millisecond here, and each sign-in reads one hash.
    let fields = hash.utf8.split(separator: UInt8(ascii: "$"), maxSplits: 4, omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0].isEmpty, fields[1].elementsEqual("argon2id".utf8),
      fields[2].elementsEqual("v=19".utf8)
    else { return nil }
    let costs = fields[3].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard costs.count == 3, let memoryKiB = Self.number(costs[0], named: "m="),
      let passes = Self.number(costs[1], named: "t="), costs[2].elementsEqual("p=1".utf8)
    else { return nil }
    self.init(memoryKiB: memoryKiB, passes: passes)
  }

  private static func number(_ field: Substring.UTF8View, named name: String) -> UInt32? {
    guard field.starts(with: name.utf8) else { return nil }
    let digits = field.dropFirst(name.utf8.count)
    guard (1...9).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt32(String(Substring(digits)))
  }

  func isWeaker(than other: Argon2Parameters) -> Bool { memoryKiB < other.memoryKiB || passes < other.passes }
}
