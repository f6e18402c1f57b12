/// The rule by which a talk uses up talk time: a pure function of the state, the shard time and the input. The script
/// in the store does the same in one round trip, and a property test holds the script to this type. All figures are
/// milliseconds.
public struct Meter: Sendable, Equatable {
  public enum State: Int64, Sendable { case starting, live, ended }

  /// The most that is charged between two beats. A longer silence ends the talk.
  public static let longestGap: Int64 = 10_000
  /// A silence between two beats that is longer than this is recorded individually; the proof of a charge shows it.
  public static let notableGap: Int64 = 7_500
  /// The time limit from the reservation to the first slice.
  public static let reservation: Int64 = 15_000
  /// The time limit from the first slice to the first beat.
  public static let connection: Int64 = 30_000
  /// The amount of talk time that is held for a talk at a time.
  public static let sliceLength: Int64 = 60_000
  /// The next slice is due when less than this is left of the grant.
  public static let lowGrant: Int64 = sliceLength / 2

  public var state: State
  public var metered: Int64
  /// The sum of all holds so far; it never decreases.
  public var granted: Int64
  /// The available talk time of the wallet, as Postgres last reported it.
  public var available: Int64
  public var walletVersion: Int64
  /// Whether the last hold took everything that was available.
  public var isFinal: Bool
  public var seq: Int64
  public var lastBeat: Int64
  /// While `starting`: the moment at which the talk ends if it has not begun.
  public var startBy: Int64
  public var slice: Int64
  /// How far a talk may run beyond its grant while Postgres cannot be reached.
  public let grace: Int64
  public let longest: Int64
  public var reason: EndReason?
  /// The theoretical arrival time of the beat limit (GCRA).
  public var arrival: Int64
  public var beats: Int64
  /// The value of `metered` at the last beat.
  public private(set) var meteredAtBeat: Int64 = 0
  public private(set) var gaps = TalkGaps()
  /// The total time that the clock had skipped when the session was reserved.
  public let skippedBefore: Int64

  public init(
    reservedAt now: Int64, available: Int64, walletVersion: Int64, grace: Int64, longest: Int64, skippedBefore: Int64
  ) {
    state = .starting
    (metered, granted, seq, lastBeat, slice, arrival, beats) = (0, 0, 0, 0, 0, 0, 0)
    self.available = available
    self.walletVersion = walletVersion
    isFinal = false
    startBy = now + Meter.reservation
    self.grace = grace
    self.longest = longest
    self.skippedBefore = skippedBefore
  }

  public var remaining: Int64 { max(0, granted - metered + available) }
}

/// The beat limit: one beat per `interval`, with up to `burst` beats at once. An interval of 0 means no limit.
public struct BeatRateLimit: Sendable, Equatable {
  public let interval: Int64
  public let burst: Int64
  public init(interval: Int64, burst: Int64) {
    self.interval = interval
    self.burst = burst
  }

  /// The page beats once a second over the link, so that a talk survives eight seconds without a network.
  public static let production = BeatRateLimit(interval: 500, burst: 10)
  /// Limits nothing.
  public static let development = BeatRateLimit(interval: 0, burst: 1)
}

public enum BeatVerdict: Sendable, Equatable { case accepted, repeated, limited, ended }

extension Meter {
  /// When the talk ends if there is no further input, and why. Input at exactly that moment is too late.
  public func deadline(resumed: Int64) -> (at: Int64, reason: EndReason) {
    if state == .starting { return (max(startBy, resumed + Meter.longestGap), .neverConnected) }
    var earliest = (at: max(lastBeat, resumed) + Meter.longestGap + 1, reason: EndReason.gap)
    // A gap is charged for 10 s at most, so a limit beyond that can only be reached after a later beat.
    func consider(_ left: Int64, _ reason: EndReason) {
      if left <= Meter.longestGap, lastBeat + left < earliest.at { earliest = (lastBeat + left, reason) }
    }
    consider(isFinal ? granted - metered : granted + grace - metered, isFinal ? .exhausted : .billingUnavailable)
    consider(longest - metered, .maxDuration)
    return earliest
  }

  /// Ends the talk if its deadline has passed. The charge then runs to the deadline, except for a gap, which is charged
  /// to the last beat only.
  @discardableResult
  public mutating func expire(at now: Int64, resumed: Int64) -> Bool {
    guard state != .ended else { return false }
    let due = deadline(resumed: resumed)
    guard now >= due.at else { return false }
    if state == .live, due.reason != .gap { metered += max(0, due.at - lastBeat) }
    end(due.reason)
    return true
  }

  public mutating func beat(seq given: Int64?, at now: Int64, resumed: Int64, limit: BeatRateLimit) -> BeatVerdict {
    if state == .ended { return .ended }
    if expire(at: now, resumed: resumed) { return .ended }
    if let given, given <= seq { return .repeated }
    if limit.interval > 0 {
      let due = max(arrival, now)
      guard due - now <= limit.interval * (limit.burst - 1) else { return .limited }
      arrival = due + limit.interval
    }
    if state == .live {
      note(gap: now - lastBeat)
      metered += clamped(now - lastBeat)
    }
    meteredAtBeat = metered
    state = .live
    lastBeat = now
    seq = given ?? seq
    beats += 1
    return .accepted
  }

  /// Applies the grant that Postgres returned for slice `number`. A repeat changes nothing; the wallet's figures are
  /// ignored if they are older than the known ones.
  public mutating func grant(
    _ cumulative: Int64, slice number: Int64, version: Int64, available: Int64, isFinal: Bool, at now: Int64,
    resumed: Int64
  ) {
    if expire(at: now, resumed: resumed) || state == .ended { return }
    granted = max(granted, cumulative)
    slice = max(slice, number)
    if state == .starting, number == 1 { startBy = max(startBy, now + Meter.connection) }
    guard version >= walletVersion else { return }
    walletVersion = version
    self.available = available
    self.isFinal = isFinal
  }

  /// Applies a change of the wallet if its version is newer. New credit arrives here before the talk can end as
  /// `exhausted`.
  public mutating func walletChanged(version: Int64, available: Int64, at now: Int64, resumed: Int64) {
    if expire(at: now, resumed: resumed) || state == .ended { return }
    guard version > walletVersion else { return }
    walletVersion = version
    self.available = available
    if available > 0 { isFinal = false }
  }

  /// Ends the talk and charges it to this moment, or to the last beat if the agent has left.
  public mutating func hangUp(_ reason: EndReason, at now: Int64, resumed: Int64) {
    if expire(at: now, resumed: resumed) || state == .ended { return }
    if state == .live, reason.isChargedToThatMoment { metered += clamped(now - lastBeat) }
    end(reason)
  }

  /// Whether the next slice is due: less than `lowGrant` of the grant is left.
  public var wantsSlice: Bool { state == .live && granted - metered < Meter.lowGrant }

  private mutating func end(_ reason: EndReason) {
    state = .ended
    self.reason = reason
  }

  private mutating func note(gap: Int64) {
    guard gap > Meter.notableGap else { return }
    gaps.note(
      TalkGap(at: .milliseconds(metered), length: .milliseconds(gap), charged: .milliseconds(clamped(gap))))
  }

  private func clamped(_ gap: Int64) -> Int64 { min(max(0, gap), Meter.longestGap) }
}
