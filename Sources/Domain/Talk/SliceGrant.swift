/// The answer of Postgres to the request for a slice.
public struct SliceGrant: Sendable, Equatable {
  /// The most talk time that one slice holds. A wallet with less gives all that it has.
  public static let length = TalkTime.milliseconds(Meter.sliceLength)

  /// The sum of all holds of the talk so far.
  public let cumulative: TalkTime
  public let slice: Int64
  public let walletVersion: Int64
  public let available: TalkTime
  /// Whether the last hold took everything that was available.
  public let isFinal: Bool

  public init(cumulative: TalkTime, slice: Int64, walletVersion: Int64, available: TalkTime, isFinal: Bool) {
    self.cumulative = cumulative
    self.slice = slice
    self.walletVersion = walletVersion
    self.available = available
    self.isFinal = isFinal
  }

  /// `isFinal` belongs to the wallet's version: a repetition after a top-up is no longer final.
  /// - Parameters:
  ///   - number: the number of the requested slice.
  ///   - held: what the slice holds; zero if nothing was left.
  public init(slice number: Int64, held: TalkTime, cumulative: TalkTime, wallet: Wallet, version: Int64) {
    self.init(
      cumulative: cumulative, slice: held > .zero ? number : number - 1, walletVersion: version,
      available: wallet.available, isFinal: wallet.available == .zero)
  }
}
