import Foundation

/// When talkers start and stop. All of them are present from `full` to `end`.
struct Schedule: Sendable {
  let begin: ContinuousClock.Instant
  let full: ContinuousClock.Instant
  let length: Duration
  /// The address for purchases.
  let shop: Door

  var end: ContinuousClock.Instant { full + length }

  /// - Parameter rate: the number of talks that start per second.
  init(talkers: Int, seconds: Int, rate: Int = 50, shop: Door) {
    begin = .now
    full = begin + .seconds(1) * (Double(talkers) / Double(rate))
    length = .seconds(seconds)
    self.shop = shop
  }

  func arrival(of number: Int, among count: Int) -> ContinuousClock.Instant {
    begin + (full - begin) * (Double(number) / Double(max(1, count)))
  }

  func moment(_ part: Double) -> ContinuousClock.Instant { full + length * part }
}
