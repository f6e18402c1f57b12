import Metrics
import Synchronization

/// A number that only grows.
final class CounterSeries: CounterHandler {
  private let value = Atomic<Int64>(0)

  var total: Int64 { value.load(ordering: .relaxed) }

  func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { value.store(0, ordering: .relaxed) }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler {
  private let value = Mutex(0.0)

  var now: Double { value.withLock { $0 } }

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
}

/// Counts for each limit how many observations were at most that limit.
final class HistogramSeries: TimerHandler, RecorderHandler {
  struct State: Sendable {
    var counts: [Int64]
    var sum = 0.0
    var total: Int64 = 0
  }

  /// The limits in seconds, from a beat's millisecond to the longest time of a provider.
  static let durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  let bounds: [Double]
  private let state: Mutex<State>

  init(bounds: [Double] = HistogramSeries.durations) {
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count)))
  }

  var now: State { state.withLock { $0 } }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 }
    state.withLock { state in
      if let bucket { state.counts[bucket] += 1 }
      state.sum += value
      state.total += 1
    }
  }

  func record(_ value: Int64) { record(Double(value)) }
  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
