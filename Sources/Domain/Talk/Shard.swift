/// One of 16 parts of the live data in Redis. The number is part of the data format: all keys that one script touches
/// share a shard, and therefore a hash slot.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  public static let count = 16
  public static let all: [Shard] = (0..<UInt8(count)).map { Shard(unchecked: $0) }

  public let number: UInt8

  private init(unchecked number: UInt8) { self.number = number }

  public init?(_ number: UInt8) {
    guard number < UInt8(Shard.count) else { return nil }
    self.number = number
  }

  /// A user's shard is the last hexadecimal digit of their id.
  public init(of user: UserID) { number = user.uuid.uuid.15 & 0x0F }

  /// The hash tag that starts the keys of this shard: `{s00}` … `{s15}`.
  public var tag: String { number < 10 ? "{s0\(number)}" : "{s\(number)}" }

  public var description: String { tag }
}
