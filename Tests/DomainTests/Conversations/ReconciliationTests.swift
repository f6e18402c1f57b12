import Domain
import Fakes
import Testing

@Suite("The reconciliation of a difference")
struct ReconciliationTests {
  private func found(
    _ duration: Int64, charged: Int64, forgiven: Int64 = 0, adjusted: Int64 = 0
  ) -> DurationReconciliation {
    DurationReconciliation(
      duration: .seconds(duration), charged: .seconds(charged), forgiven: .seconds(forgiven),
      adjusted: .seconds(adjusted))
  }

  @Test("time that was not charged is charged, and time that was not talked is given back")
  func bothWays() {
    #expect(found(95, charged: 60).difference == .seconds(35))
    #expect(found(60, charged: 95).difference == .seconds(-35))
    #expect(found(0, charged: 20).difference == .seconds(-20))
    #expect(found(95, charged: 60).verdict(day: .zero) == .adjusted)
    #expect(found(60, charged: 95).verdict(day: .zero) == .adjusted)
  }

  @Test("a difference of one heartbeat is tolerated, and a millisecond more is not")
  func tolerance() {
    for sign: Int64 in [1, -1] {
      let charged = TalkTime.seconds(100)
      for (difference, verdict) in [(5_000, DurationReconciliation.Verdict.tolerated), (5_001, .adjusted)] {
        let duration = charged + .milliseconds(sign * Int64(difference))
        let found = DurationReconciliation(duration: duration, charged: charged, forgiven: .zero, adjusted: .zero)
        #expect(found.verdict(day: .zero) == verdict)
      }
    }
  }

  @Test("forgiven time is neither charged nor given back")
  func forgiven() {
    #expect(found(100, charged: 70, forgiven: 30).difference == .zero)
    #expect(found(100, charged: 100, forgiven: 30).difference == .zero)
    #expect(found(100, charged: 60, forgiven: 30).difference == .seconds(10))
    #expect(found(100, charged: 104, forgiven: 30).difference == .seconds(-4))
    #expect(found(10, charged: 0, forgiven: 30).difference == .zero)
  }

  @Test("of another duration only the difference to the earlier adjustments counts")
  func again() {
    #expect(found(95, charged: 60, adjusted: 35).difference == .zero)
    #expect(found(125, charged: 60, adjusted: 35).difference == .seconds(30))
    #expect(found(60, charged: 60, adjusted: 35).difference == .seconds(-35))
  }

  @Test("differences of more than a minute a day together are adjusted, with those that were tolerated before")
  func day() {
    #expect(found(64, charged: 60).verdict(day: .seconds(56)) == .tolerated)
    #expect(found(64, charged: 60).verdict(day: .milliseconds(56_001)) == .adjustedWithTheDay)
    #expect(found(56, charged: 60).verdict(day: .milliseconds(-56_001)) == .adjustedWithTheDay)
    #expect(found(56, charged: 60).verdict(day: .seconds(60)) == .tolerated)
    // A difference that is adjusted by itself does not include the day's small ones.
    #expect(found(95, charged: 60).verdict(day: .seconds(59)) == .adjusted)
  }

  private struct Call {
    var duration: TalkTime
    let charged: TalkTime
    let forgiven: TalkTime
    var adjusted = TalkTime.zero
    var tolerated = TalkTime.zero

    var reconciliation: DurationReconciliation {
      DurationReconciliation(duration: duration, charged: charged, forgiven: forgiven, adjusted: adjusted)
    }
  }

  /// A day of calls whose durations are reported, some repeatedly.
  private func play(_ seed: UInt64) -> [Call] {
    var random = Seeded(seed)
    var calls: [Call] = []
    for _ in 0..<60 {
      let isNew = calls.isEmpty || Bool.random(using: &random)
      if isNew {
        let charged = Int64.random(in: 0...120_000, using: &random)
        let forgiven = Int64.random(in: 0...3, using: &random) == 0 ? Int64.random(in: 0...40_000, using: &random) : 0
        calls.append(
          Call(
            duration: .milliseconds(max(0, charged + Int64.random(in: -8_000...8_000, using: &random))),
            charged: .milliseconds(charged), forgiven: .milliseconds(forgiven)))
      }
      let index = isNew ? calls.count - 1 : Int.random(in: 0..<calls.count, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0 {
        calls[index].duration = .milliseconds(Int64.random(in: 0...150_000, using: &random))
      }
      reconcile(index, &calls)
      check(calls, seed)
    }
    return calls
  }

  private func reconcile(_ index: Int, _ calls: inout [Call]) {
    let found = calls[index].reconciliation
    let beside = calls.indices.filter { $0 != index }
    switch found.verdict(day: beside.reduce(.zero) { $0 + calls[$1].tolerated }) {
    case .tolerated: calls[index].tolerated = found.difference
    case .adjusted: adjust(&calls[index], found.difference)
    case .adjustedWithTheDay:
      adjust(&calls[index], found.difference)
      for other in beside { adjust(&calls[other], calls[other].tolerated) }
    }
    // A repeated report has no second effect.
    let again = calls[index].reconciliation
    #expect(again.difference == calls[index].tolerated && again.verdict(day: .zero) != .adjusted)
  }

  private func adjust(_ call: inout Call, _ difference: TalkTime) {
    call.adjusted += difference
    call.tolerated = .zero
  }

  private func check(_ calls: [Call], _ seed: UInt64) {
    let day = calls.reduce(TalkTime.zero) { $0 + $1.tolerated }
    #expect(max(day, -day) <= DurationReconciliation.dailyTolerance, "seed \(seed)")
    for call in calls {
      #expect(max(call.tolerated, -call.tolerated) <= DurationReconciliation.tolerance, "seed \(seed)")
    }
  }

  @Test("no call is wrong by more than a heartbeat, and no day by more than a minute", arguments: 0..<100)
  func whateverComes(seed: UInt64) {
    for call in play(seed) {
      let paid = call.charged + call.adjusted
      let least = max(.zero, call.duration - call.forgiven) - DurationReconciliation.tolerance
      #expect(paid >= least && paid <= call.duration + DurationReconciliation.tolerance, "seed \(seed)")
    }
  }
}

@Suite("The schedule of a conversation's duration checks")
struct DurationCheckScheduleTests {
  @Test("the pauses between checks become longer, up to the longest")
  func pauses() {
    let pauses = (1...9).map { DurationCheckSchedule.patient.pause(after: $0).components.seconds }
    #expect(pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300])
    #expect(DurationCheckSchedule.watchful.pause(after: 9) == .seconds(15))
    for looks in [0, -1, 63, 64, 10_000, Int.max] {
      let pause = DurationCheckSchedule.patient.pause(after: looks)
      #expect(pause >= .seconds(2) && pause <= .seconds(300))
    }
  }

  @Test("no URL is given out while another one can still be opened")
  func ages() {
    #expect(DurationCheckSchedule.given < .seconds(15 * 60) && DurationCheckSchedule.openable > .seconds(15 * 60))
  }
}

@Suite("The agents that a start may name")
struct AllowedAgentsTests {
  @Test("the default agent is used if none is named")
  func standard() {
    let agents = AllowedAgents(standard: "a")
    #expect(agents.agent(nil) == "a" && agents.agent("a") == "a" && agents.agent("b") == nil && agents.all == ["a"])
  }

  @Test("further agents may be named, and no others, in no other spelling")
  func more() {
    let agents = AllowedAgents(standard: "a", more: " c, b,,a ,\u{E9}")
    #expect(agents.all == ["a", "b", "c", "\u{E9}"])
    for name in ["a", "b", "c", "\u{E9}"] { #expect(agents.agent(name) == name) }
    for name in ["", " ", "B", "a,b", " b", "e\u{301}"] { #expect(agents.agent(name) == nil) }
  }
}
