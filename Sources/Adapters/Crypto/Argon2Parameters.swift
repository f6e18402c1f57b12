/// What an Argon2id hash costs (RFC 9106), with one lane. Whatever is stronger than before replaces a hash at its next
/// sign-in.
public struct Argon2Parameters: Sendable, Equatable {
  /// OWASP's first recommendation: 19 MiB and two passes.
  public static let recommended = Argon2Parameters(memoryKiB: 19_456, passes: 2)

  /// The limits of a hash that is made or compared. Without them, an imported row could take all the memory of the
  /// machine, or one of its cores for days.
  public static let maximumMemoryKiB: UInt32 = 1 << 20
  public static let maximumPasses: UInt32 = 100
  /// Memory in KiB times passes. So much takes about two seconds.
  public static let maximumWork: UInt64 = 4 << 20

  public let memoryKiB: UInt32
  public let passes: UInt32

  public init(memoryKiB: UInt32, passes: UInt32) {
    self.memoryKiB = memoryKiB
    self.passes = passes
  }

  /// Whether a hash with these parameters is compared at all.
  public var isWithinLimits: Bool {
    (8...Self.maximumMemoryKiB).contains(memoryKiB) && (1...Self.maximumPasses).contains(passes)
      && UInt64(memoryKiB) * UInt64(passes) <= Self.maximumWork
  }

  /// The beginning of a hash in the PHC string format, before its salt.
  var phcPrefix: String { "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=1$" }

  /// The parameters of a hash with one lane; nil for any other text.
  init?(of hash: String) {
    guard let hash = Argon2Hash(hash), hash.lanes == 1 else { return nil }
    self = hash.parameters
  }

  func isWeaker(than other: Argon2Parameters) -> Bool { memoryKiB < other.memoryKiB || passes < other.passes }
}
