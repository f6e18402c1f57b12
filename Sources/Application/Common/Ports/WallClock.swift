import FoundationEssentials

/// The time as one process decides it alone. What several processes must agree on is compared in the store instead.
public protocol WallClock: Sendable {
  func now() -> Date
}
