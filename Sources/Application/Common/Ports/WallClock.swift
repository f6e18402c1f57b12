import FoundationEssentials

/// The time of one process. What several processes must agree on is compared by the store's clock instead.
public protocol WallClock: Sendable {
  func now() -> Date
}
