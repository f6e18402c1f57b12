import NIOCore

/// The rate at which the body of a request must arrive: an initial span, and then a number of bytes a second. A sender
/// may be slow for a while, and a long body may take long, but no client can hold a connection by sending a byte now
/// and then.
public struct MinimumBodyRate: Sendable, Equatable {
  /// How long a sender may be silent, and how far behind the rate it may fall.
  public let grace: TimeAmount
  /// Bytes a second.
  public let rate: Int

  public init(grace: TimeAmount, rate: Int) {
    self.grace = grace
    self.rate = max(1, rate)
  }

  /// 10 s and 32 KiB a second: a body of 64 KiB always has 10 s, one of 16 MiB has eight and a half minutes.
  public static let standard = MinimumBodyRate(grace: .seconds(10), rate: 32 * 1_024)

  /// The time that the given number of bytes may take.
  func worth(_ bytes: Int) -> TimeAmount { .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(rate)) }
}

/// The body came too slowly (408).
struct BodyTooSlow: Error {}

/// Before the body was complete, the connection ended or invalid data arrived.
struct IncompleteBodyError: Error {}
