import Application
import FoundationEssentials

/// The machine's clock, for decisions that concern a single process.
public struct SystemClock: WallClock {
  public init() {}
  public func now() -> Date { Date() }
}
