import Domain
import Testing

/// A meter with a clock that the test controls. The clock begins at 1,000 s.
final class MeteredTalk {
  static let begin: Int64 = 1_000_000
  var meter: Meter
  var now = MeteredTalk.begin
  var resumed: Int64 = 0
  var limit = BeatRateLimit(interval: 0, burst: 1)

  init(available: Int64 = 600_000, grace: Int64 = 30_000, longest: Int64 = 3_600_000) {
    meter = Meter(
      reservedAt: now, available: available, walletVersion: 5, grace: grace, longest: longest, skippedBefore: 0)
  }

  /// A meter that has its first slice and its first beat.
  static func live(
    granted: Int64 = 60_000, available: Int64 = 540_000, isFinal: Bool = false, grace: Int64 = 30_000,
    longest: Int64 = 3_600_000
  ) -> MeteredTalk {
    let talk = MeteredTalk(available: granted + available, grace: grace, longest: longest)
    talk.grant(granted, version: 6, available: available, isFinal: isFinal)
    talk.beat(seq: 1)
    return talk
  }

  func pass(_ milliseconds: Int64) { now += milliseconds }

  @discardableResult
  func beat(seq: Int64? = nil) -> BeatVerdict {
    meter.beat(seq: seq, at: now, resumed: resumed, limit: limit)
  }

  func grant(
    _ cumulative: Int64, slice: Int64 = 1, version: Int64, available: Int64, isFinal: Bool = false
  ) {
    meter.grant(
      cumulative, slice: slice, version: version, available: available, isFinal: isFinal, at: now, resumed: resumed)
  }

  func walletChanged(version: Int64, available: Int64) {
    meter.walletChanged(version: version, available: available, at: now, resumed: resumed)
  }

  func hangUp(_ reason: EndReason = .user) { meter.hangUp(reason, at: now, resumed: resumed) }

  @discardableResult
  func tick() -> Bool { meter.expire(at: now, resumed: resumed) }

  var deadline: Int64 { meter.deadline(resumed: resumed).at }
}

@Suite("The meter: beats and gaps")
struct MeterBeatTests {
  @Test("the first beat starts the meter and costs nothing")
  func first() {
    let talk = MeteredTalk()
    talk.grant(60_000, version: 6, available: 540_000)
    talk.pass(12_000)
    #expect(talk.beat(seq: 1) == .accepted)
    #expect(talk.meter.state == .live && talk.meter.metered == 0 && talk.meter.beats == 1)
    #expect(talk.meter.remaining == 600_000)
  }

  @Test("each later beat meters the gap since the last")
  func gaps() {
    let talk = MeteredTalk.live()
    for (seq, gap) in zip(2..., [5_000, 4_800, 5_300] as [Int64]) {
      talk.pass(gap)
      #expect(talk.beat(seq: Int64(seq)) == .accepted)
    }
    #expect(talk.meter.metered == 15_100 && talk.meter.seq == 4 && talk.meter.beats == 4)
    #expect(talk.meter.remaining == 600_000 - 15_100)
  }

  @Test("a beat 10 s after the last is in time, one a millisecond later is not and costs nothing")
  func silence() {
    let inTime = MeteredTalk.live()
    inTime.pass(10_000)
    #expect(inTime.beat(seq: 2) == .accepted)
    #expect(inTime.meter.metered == 10_000)

    let late = MeteredTalk.live()
    late.pass(5_000)
    late.beat(seq: 2)
    late.pass(10_001)
    #expect(late.beat(seq: 3) == .ended)
    #expect(late.meter.reason == .gap && late.meter.metered == 5_000 && late.meter.seq == 2)
  }

  @Test("a tick ends a talk as a beat would, at its deadline and not before")
  func tick() {
    let talk = MeteredTalk.live()
    talk.pass(10_000)
    #expect(!talk.tick() && talk.meter.state == .live)
    talk.pass(1)
    #expect(talk.tick())
    #expect(talk.meter.state == .ended && talk.meter.reason == .gap && talk.meter.metered == 0)
    let ended = talk.meter
    #expect(!talk.tick() && talk.meter == ended)
  }

  @Test("after the clock resumed, a beat has another 10 s, and the gap is charged for 10 s at most")
  func clamped() {
    let talk = MeteredTalk.live()
    talk.pass(9_000)
    talk.resumed = talk.now
    talk.pass(9_000)
    #expect(talk.beat(seq: 2) == .accepted)
    #expect(talk.meter.metered == 10_000)
    talk.pass(10_001)
    #expect(talk.beat(seq: 3) == .ended)
  }

  @Test(
    "a sequence number that is not above the last changes nothing and does not move the deadline", arguments: [0, 1, 2])
  func repeated(seq: Int64) {
    let talk = MeteredTalk.live()
    talk.pass(5_000)
    talk.beat(seq: 2)
    let (before, deadline) = (talk.meter, talk.deadline)
    talk.pass(4_000)
    #expect(talk.beat(seq: seq) == .repeated)
    #expect(talk.meter == before && talk.deadline == deadline)
    talk.pass(6_001)
    #expect(talk.beat(seq: seq) == .ended)
  }

  @Test("without a sequence number every beat counts, and the last number stays")
  func unnumbered() {
    let talk = MeteredTalk.live()
    for _ in 0..<3 {
      talk.pass(1_000)
      #expect(talk.beat() == .accepted)
    }
    #expect(talk.meter.metered == 3_000 && talk.meter.seq == 1 && talk.meter.beats == 4)
  }

  @Test("a clock that stands still charges nothing")
  func still() {
    let talk = MeteredTalk.live()
    #expect(talk.beat(seq: 2) == .accepted)
    #expect(talk.meter.metered == 0)
  }

  @Test("a beat above the limit meters nothing and moves nothing, and is accepted again when its time has come")
  func limited() {
    let talk = MeteredTalk()
    talk.limit = .production
    talk.grant(60_000, version: 6, available: 540_000)
    for seq in 1...10 { #expect(talk.beat(seq: Int64(seq)) == .accepted) }
    let (before, deadline) = (talk.meter, talk.deadline)
    talk.pass(499)
    #expect(talk.beat(seq: 11) == .limited)
    #expect(talk.meter == before && talk.deadline == deadline)
    talk.pass(1)
    #expect(talk.beat(seq: 11) == .accepted)
    #expect(talk.meter.metered == 500)
    #expect(talk.beat(seq: 12) == .limited)
  }

  @Test("a repeat does not count for the limit")
  func repeatIsFree() {
    let talk = MeteredTalk()
    talk.limit = .production
    talk.grant(60_000, version: 6, available: 540_000)
    talk.beat(seq: 1)
    for _ in 0..<20 { #expect(talk.beat(seq: 1) == .repeated) }
    for seq in 2...10 { #expect(talk.beat(seq: Int64(seq)) == .accepted) }
  }
}
