import NIOCore

/// How fast the body of a request must arrive: a first span, and so many bytes a second from then on. A sender may be slow
/// for a while, and a long body may take long, but nobody holds a connection by a byte now and then.
public struct BodyPace: Sendable, Equatable {
  /// How long a sender may be silent, and how far behind the rate it may fall.
  public let grace: TimeAmount
  /// Bytes a second.
  public let rate: Int

  public init(grace: TimeAmount, rate: Int) {
    self.grace = grace
    self.rate = max(1, rate)
  }

  /// 10 s and 32 KiB a second: a body of 64 KiB always has 10 s, one of 16 MiB has eight and a half minutes.
  public static let standard = BodyPace(grace: .seconds(10), rate: 32 * 1_024)

  /// The time that so many bytes are worth.
  func worth(_ bytes: Int) -> TimeAmount { .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(rate)) }
}

/// The body came too slowly (408).
struct BodyTooSlow: Error {}

/// The connection ended, or what came was no body any more, before the body was whole.
struct BodyCutOff: Error {}
