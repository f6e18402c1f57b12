import Domain
import Fakes
import Testing

/// Properties that must hold after each step of a random history.
@Suite("Properties of the meter")
struct MeterPropertyTests {
  private static let histories = 2_000

  private func play(_ check: (History, _ before: Meter, _ step: History.Step) -> Void) -> Set<String> {
    let seed = UInt64.random(in: 0...UInt64.max)
    var seeds = Seeded(seed)
    var reached: Set<String> = []
    for _ in 0..<Self.histories {
      var history = History(seed: seeds.next())
      for _ in 0..<50 {
        history.passTime()
        let before = history.meter
        let step = history.act()
        check(history, before, step)
      }
      reached.insert(history.meter.reason?.rawValue ?? "none")
    }
    return reached
  }

  @Test("no increasing figure ever falls")
  func grows() {
    let reached = play { history, before, _ in
      let after = history.meter
      #expect(after.metered >= before.metered && after.granted >= before.granted, "seed \(history.seed)")
      #expect(after.seq >= before.seq && after.beats >= before.beats, "seed \(history.seed)")
      #expect(after.slice >= before.slice && after.walletVersion >= before.walletVersion, "seed \(history.seed)")
    }
    // Histories that reach no end would prove nothing about ends.
    for reason: EndReason in [.gap, .exhausted, .maxDuration, .neverConnected, .billingUnavailable, .user, .agentEnded]
    {
      #expect(reached.contains(reason.rawValue), "no history met \(reason)")
    }
  }

  @Test(
    "no charge exceeds the shard time since the first beat, the grant with its grace, or the maximal length")
  func bounded() {
    _ = play { history, _, _ in
      let meter = history.meter
      #expect(meter.metered <= history.firstBeat.map { history.clock.now - $0 } ?? 0, "seed \(history.seed)")
      #expect(meter.metered <= meter.granted + meter.grace, "seed \(history.seed)")
      #expect(meter.metered <= meter.longest && meter.remaining >= 0, "seed \(history.seed)")
    }
  }

  @Test("a final grant that was not overrun before is never overrun, and is charged in full when it ends the talk")
  func final() {
    _ = play { history, before, _ in
      let after = history.meter
      if before.isFinal, after.isFinal, before.metered <= before.granted {
        #expect(after.metered <= after.granted, "seed \(history.seed)")
      }
      if before.state == .live, after.reason == .exhausted {
        #expect(after.metered == max(after.granted, before.metered), "seed \(history.seed)")
      }
    }
  }

  @Test("an ended talk never changes")
  func ended() {
    _ = play { history, before, _ in
      if before.state == .ended { #expect(history.meter == before, "seed \(history.seed)") }
    }
  }

  @Test("a repeated or limited beat changes nothing, an accepted one is charged its gap and no more than 10 s")
  func beats() {
    var verdicts: Set<String> = []
    _ = play { history, before, step in
      guard case .beat(let verdict) = step else { return }
      verdicts.insert("\(verdict)")
      let (after, now) = (history.meter, history.clock.now)
      switch verdict {
      case .repeated, .limited: #expect(after == before, "seed \(history.seed)")
      case .accepted:
        let gap = before.state == .live ? min(now - before.lastBeat, 10_000) : 0
        #expect(after.metered == before.metered + gap && after.lastBeat == now, "seed \(history.seed)")
        #expect(after.state == .live && after.beats == before.beats + 1, "seed \(history.seed)")
      case .ended: #expect(after.state == .ended, "seed \(history.seed)")
      }
    }
    #expect(verdicts.count == 4)
  }

  @Test("a talk that never connected costs nothing, and a silence is charged to the last beat")
  func silence() {
    _ = play { history, before, _ in
      let after = history.meter
      if after.reason == .neverConnected { #expect(after.metered == 0 && after.beats == 0, "seed \(history.seed)") }
      if after.reason == .gap || after.reason == .agentEnded {
        #expect(after.metered == before.metered, "seed \(history.seed)")
      }
    }
  }

  @Test("after the last beat one gap is charged at most, and the recorded silences match the charge")
  func proof() {
    var noted = false
    _ = play { history, before, _ in
      let after = history.meter
      #expect((0...Meter.longestGap).contains(after.metered - after.meteredAtBeat), "seed \(history.seed)")
      let charged = after.gaps.first.reduce(0) { $0 + $1.charged.milliseconds }
      #expect(charged <= after.meteredAtBeat && after.gaps.count >= before.gaps.count, "seed \(history.seed)")
      #expect(after.gaps.first.allSatisfy { $0.length.milliseconds > Meter.notableGap }, "seed \(history.seed)")
      noted = noted || after.gaps.count > 0
    }
    #expect(noted)
  }

  @Test("a talk is over when its deadline has passed, and never before unless it is hung up")
  func deadline() {
    _ = play { history, before, step in
      guard before.state != .ended, case .tick = step else { return }
      let isDue = history.clock.now >= before.deadline(resumed: history.clock.resumed).at
      #expect((history.meter.state == .ended) == isDue, "seed \(history.seed)")
    }
  }

  @Test("while the clock skips nothing, the number of ticks makes no difference")
  func ticks() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var seeds = Seeded(seed)
    for _ in 0..<500 {
      let one = seeds.next()
      var seldom = History(seed: one, skips: false)
      var often = History(seed: one, skips: false)
      for _ in 0..<40 {
        seldom.passTime()
        often.passTime(looking: true)
        seldom.act()
        often.act()
        #expect(seldom.clock.now == often.clock.now, "seed \(one)")
        #expect(seldom.meter == often.meter, "seed \(one)")
      }
    }
  }
}
