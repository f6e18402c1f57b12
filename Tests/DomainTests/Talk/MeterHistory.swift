import Domain
import Fakes

/// A talk with random events.
struct History {
  enum Step { case beat(BeatVerdict), grant, walletChanged, tick, hangUp }

  let seed: UInt64
  private var random: Seeded
  private let skips: Bool
  private var wall: Int64 = 1_000_000
  private let limit: BeatRateLimit
  private(set) var clock: ShardClock
  private(set) var meter: Meter
  private(set) var firstBeat: Int64?

  init(seed: UInt64, skips: Bool = true) {
    self.seed = seed
    self.skips = skips
    random = Seeded(seed)
    clock = ShardClock(wall: wall, run: "0")
    limit =
      Bool.random(using: &random) ? BeatRateLimit(interval: 0, burst: 1) : BeatRateLimit(interval: 1_000, burst: 3)
    meter = Meter(
      reservedAt: wall, available: Int64.random(in: 1_000...100_000, using: &random), walletVersion: 3,
      grace: [0, 4_000, 30_000].randomElement(using: &random) ?? 0,
      longest: Int64.random(in: 20_000...90_000, using: &random), skippedBefore: 0)
    if Int.random(in: 0..<10, using: &random) > 0 { grant() }
  }

  /// - Parameter looking: whether each reading of the clock ends a talk that is due, as the ticks do.
  mutating func passTime(looking: Bool = false) {
    var steps: [Int64]
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<12: steps = [Int64.random(in: 0...3_000, using: &random)]
    case 12..<18: steps = (0..<2).map { _ in Int64.random(in: 1_000...2_600, using: &random) }
    case 18: steps = Array(repeating: 2_400, count: 5)
    default: steps = [skips ? Int64.random(in: -5_000...60_000, using: &random) : 0]
    }
    if skips, Int.random(in: 0..<30, using: &random) == 0 { clock.found(run: "\(random.next())") }
    for step in steps {
      wall += step
      clock.look(at: wall)
      if looking { meter.expire(at: clock.now, resumed: clock.resumed) }
    }
  }

  @discardableResult
  mutating func act() -> Step {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<12: return .beat(beat())
    case 12..<15:
      grant()
      return .grant
    case 15:
      meter.walletChanged(
        version: meter.walletVersion + Int64.random(in: -1...3, using: &random),
        available: Int64.random(in: 0...100_000, using: &random), at: clock.now, resumed: clock.resumed)
      return .walletChanged
    case 16 where Int.random(in: 0..<6, using: &random) == 0:
      let reason: EndReason = Bool.random(using: &random) ? .user : .agentEnded
      meter.hangUp(reason, at: clock.now, resumed: clock.resumed)
      return .hangUp
    default:
      meter.expire(at: clock.now, resumed: clock.resumed)
      return .tick
    }
  }

  private mutating func beat() -> BeatVerdict {
    let given: Int64? =
      switch Int.random(in: 0..<10, using: &random) {
      case 0: max(0, meter.seq - Int64.random(in: 0...2, using: &random))
      case 1: nil
      default: meter.seq + Int64.random(in: 1...2, using: &random)
      }
    let verdict = meter.beat(seq: given, at: clock.now, resumed: clock.resumed, limit: limit)
    if verdict == .accepted, firstBeat == nil { firstBeat = clock.now }
    return verdict
  }

  private mutating func grant() {
    let isFinal = Int.random(in: 0..<3, using: &random) == 0
    meter.grant(
      max(0, meter.granted + Int64.random(in: -5_000...40_000, using: &random)),
      slice: meter.slice + (Bool.random(using: &random) ? 1 : 0),
      version: meter.walletVersion + Int64.random(in: -1...2, using: &random),
      available: isFinal ? 0 : Int64.random(in: 0...60_000, using: &random), isFinal: isFinal, at: clock.now,
      resumed: clock.resumed)
  }
}
