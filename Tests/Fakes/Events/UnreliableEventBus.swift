import Application
import Domain

/// Delivers events as badly as a bus may: twice, at the same time to two consumers, late, after later ones, and again
/// after the handler has failed or after its acknowledgement was lost. What it does follows from a seed.
public struct UnreliableEventBus: Sendable {
  /// What came of the events.
  public struct Report: Sendable {
    /// How often a handler was called.
    public fileprivate(set) var deliveries = 0
    /// How often an event was delivered again after its handler had succeeded.
    public fileprivate(set) var duplicates = 0
    /// How often an event was delivered after a later one.
    public fileprivate(set) var overtaken = 0
    /// How often a handler has thrown.
    public fileprivate(set) var failures = 0
    /// The events that the subscription gave up on.
    public fileprivate(set) var buried: [EventEnvelope] = []
  }

  private struct Waiting {
    let place: Int
    let event: EventEnvelope
    var tries = 0
    var wasHandled = false
  }

  private let seed: UInt64
  /// How far an event may be overtaken.
  private let window: Int

  public init(seed: UInt64, window: Int = 8) {
    self.seed = seed
    self.window = window
  }

  /// Delivers the events until each was handled and acknowledged, or buried.
  /// - Parameters:
  ///   - trouble: called before each delivery, to let stores fail or succeed; at last they must succeed.
  public func deliver(
    _ events: [EventEnvelope], to subscription: EventSubscription,
    trouble: @Sendable (_ number: UInt64, _ isCalm: Bool) -> Void = { _, _ in }
  ) async -> Report {
    var dice = Seeded(seed)
    var report = Report()
    var waiting = events.enumerated().map { Waiting(place: $0.offset, event: $0.element) }
    var latest = -1
    // After so many deliveries everything goes well, so that there is an end.
    let storm = events.count * 6
    while !waiting.isEmpty {
      let isCalm = report.deliveries > storm
      let index = Int.random(in: 0..<min(isCalm ? 1 : window, waiting.count), using: &dice)
      var one = waiting[index]
      trouble(dice.next(), isCalm)
      if one.place < latest { report.overtaken += 1 }
      latest = max(latest, one.place)
      if one.wasHandled { report.duplicates += 1 }
      // A second consumer may have claimed the event while the first one is still at work.
      let consumers = !isCalm && Int.random(in: 0..<5, using: &dice) == 0 ? 2 : 1
      report.deliveries += consumers
      if consumers == 2 { report.duplicates += 1 }
      let errors = await Self.call(subscription, one.event, consumers)
      report.failures += errors.count
      one.wasHandled = one.wasHandled || errors.count < consumers
      one.tries += errors.filter { !subscription.isAway($0) }.count
      if one.tries >= subscription.maximumTries || errors.contains(where: subscription.isFinal) {
        report.buried.append(one.event)
        waiting.remove(at: index)
      } else if errors.isEmpty, isCalm || Int.random(in: 0..<3, using: &dice) != 0 {
        waiting.remove(at: index)
      } else {
        waiting[index] = one
      }
    }
    return report
  }

  private static func call(
    _ subscription: EventSubscription, _ event: EventEnvelope, _ consumers: Int
  ) async -> [any Error] {
    await withTaskGroup(of: (any Error)?.self) { group in
      for _ in 0..<consumers {
        group.addTask {
          do {
            try await subscription.handle(event)
            return nil
          } catch {
            return error
          }
        }
      }
      var errors: [any Error] = []
      for await error in group { if let error { errors.append(error) } }
      return errors
    }
  }
}
