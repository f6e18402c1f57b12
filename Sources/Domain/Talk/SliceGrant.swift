/// What Postgres answered when a slice was asked for.
public struct SliceGrant: Sendable, Equatable {
  /// What is set aside at once: so much, or all there is.
  public static let length = TalkTime.milliseconds(Meter.sliceLength)

  /// All holds of the talk so far.
  public let cumulative: TalkTime
  public let slice: Int64
  public let walletVersion: Int64
  public let available: TalkTime
  /// The last hold took all there was.
  public let isFinal: Bool

  public init(cumulative: TalkTime, slice: Int64, walletVersion: Int64, available: TalkTime, isFinal: Bool) {
    self.cumulative = cumulative
    self.slice = slice
    self.walletVersion = walletVersion
    self.available = available
    self.isFinal = isFinal
  }

  /// `isFinal` belongs to the wallet's version: a repeat after a top-up is no longer final.
  /// - Parameters:
  ///   - number: of the slice that was asked for.
  ///   - held: what it holds; zero where there was nothing left.
  public init(slice number: Int64, held: TalkTime, cumulative: TalkTime, wallet: Wallet, version: Int64) {
    self.init(
      cumulative: cumulative, slice: held > .zero ? number : number - 1, walletVersion: version,
      available: wallet.available, isFinal: wallet.available == .zero)
  }
}
