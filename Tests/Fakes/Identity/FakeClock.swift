import Application
import FoundationEssentials
import Synchronization

/// A clock that the test controls.
public final class FakeClock: WallClock {
  private let time: Mutex<Date>

  public init(_ start: Date = Date(timeIntervalSince1970: 1_795_500_000)) { time = Mutex(start) }

  public func now() -> Date { time.withLock { $0 } }

  public func set(_ moment: Date) { time.withLock { $0 = moment } }

  public func advance(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    time.withLock { $0 += Double(seconds) + Double(attoseconds) / 1e18 }
  }
}
