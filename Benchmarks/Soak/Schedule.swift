import Foundation

/// When talkers come and go. All of them are there from `full` to `end`.
struct Schedule: Sendable {
  let begin: ContinuousClock.Instant
  let full: ContinuousClock.Instant
  let length: Duration
  /// Where things are bought.
  let shop: Door

  var end: ContinuousClock.Instant { full + length }

  /// - Parameter rate: talks that are started a second.
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
