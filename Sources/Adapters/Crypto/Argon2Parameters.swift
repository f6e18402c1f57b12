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

  /// The parameters of a hash in the PHC string format; nil for any other text.
  init?(of hash: String) {
    guard let match = hash.prefixMatch(of: #/\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=1\$/#),
      let memoryKiB = UInt32(match.1), let passes = UInt32(match.2)
    else { return nil }
    self.init(memoryKiB: memoryKiB, passes: passes)
  }

  func isWeaker(than other: Argon2Parameters) -> Bool { memoryKiB < other.memoryKiB || passes < other.passes }
}
