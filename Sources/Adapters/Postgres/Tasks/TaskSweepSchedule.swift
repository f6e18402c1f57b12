import Synchronization

/// When a process sweeps the queue next. The first sweep is due at once.
final class TaskSweepSchedule: Sendable {
  private let pause: Duration
  private let next = Mutex<ContinuousClock.Instant?>(nil)

  init(every pause: Duration) { self.pause = pause }

  var isDue: Bool { next.withLock { next in next.map { $0 <= .now } ?? true } }

  func done() { next.withLock { $0 = .now + pause } }
}
