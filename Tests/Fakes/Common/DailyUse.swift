import FoundationEssentials
import Synchronization

/// What each operator has given away in a day of UTC, up to a cap.
final class DailyUse: Sendable {
  private let counts = Mutex<[String: (day: Int, count: Int64)]>([:])

  /// - Returns: false if it would be above the cap, and then nothing is counted.
  func count(_ count: Int64, by actor: String, at now: Date, below cap: Int64) -> Bool {
    let day = Int(now.timeIntervalSince1970 / 86_400)
    return counts.withLock { counts in
      let before = counts[actor].map { $0.day == day ? $0.count : 0 } ?? 0
      guard before + count <= cap else { return false }
      counts[actor] = (day, before + count)
      return true
    }
  }
}
