/// A duration of talk, in whole milliseconds and never a float. Arithmetic saturates: a sum beyond the largest value
/// stays at that value. No ledger holds such values, but they must not end a process.
public struct TalkTime: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  public static let zero = TalkTime(milliseconds: 0)

  public static func milliseconds(_ count: Int64) -> TalkTime { TalkTime(milliseconds: count) }
  public static func seconds(_ count: Int64) -> TalkTime { TalkTime(milliseconds: count.clampedMultiplied(by: 1_000)) }
  public static func minutes(_ count: Int64) -> TalkTime { TalkTime(milliseconds: count.clampedMultiplied(by: 60_000)) }

  public static func < (left: TalkTime, right: TalkTime) -> Bool { left.milliseconds < right.milliseconds }
  public static func + (left: TalkTime, right: TalkTime) -> TalkTime {
    TalkTime(milliseconds: left.milliseconds.clampedAdding(right.milliseconds))
  }
  public static func - (left: TalkTime, right: TalkTime) -> TalkTime {
    TalkTime(milliseconds: left.milliseconds.clampedSubtracting(right.milliseconds))
  }
  public static func += (left: inout TalkTime, right: TalkTime) { left = left + right }
  public static func -= (left: inout TalkTime, right: TalkTime) { left = left - right }
  public static prefix func - (value: TalkTime) -> TalkTime { .zero - value }

  public var description: String { "\(milliseconds) ms" }
}
