import Domain

/// What a hold came to: how much its reference holds, and how much its purpose holds with it.
public struct HoldResult: Sendable, Equatable {
  /// The talk time that the purpose has held so far, this hold among it.
  public let cumulative: TalkTime
  /// The talk time that this reference holds; zero if nothing was left to hold.
  public let amount: TalkTime
}
