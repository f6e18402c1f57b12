import Application
import FoundationEssentials

/// The machine's own clock: for what one process decides alone.
public struct SystemClock: WallClock {
  public init() {}
  public func now() -> Date { Date() }
}
