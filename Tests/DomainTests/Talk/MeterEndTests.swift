import Domain
import Testing

@Suite("The meter: how a talk ends")
struct MeterEndTests {
  @Test("a talk waits 15 s for a first slice, then 30 s for a beat, and costs nothing")
  func neverConnected() {
    let unheard = MeteredTalk()
    unheard.pass(14_999)
    #expect(!unheard.tick())
    unheard.pass(1)
    #expect(unheard.tick())
    #expect(unheard.meter.reason == .neverConnected && unheard.meter.metered == 0)

    let noted = MeteredTalk()
    noted.pass(10_000)
    noted.grant(60_000, version: 6, available: 540_000)
    noted.pass(29_999)
    #expect(!noted.tick())
    noted.pass(1)
    #expect(noted.beat(seq: 1) == .ended)
    #expect(noted.meter.reason == .neverConnected && noted.meter.metered == 0 && noted.meter.beats == 0)
  }

  @Test("after the clock resumed a talk has 10 s to connect")
  func resumedWhileStarting() {
    let talk = MeteredTalk()
    talk.pass(14_000)
    talk.resumed = talk.now
    talk.pass(9_999)
    #expect(!talk.tick())
    talk.pass(1)
    #expect(talk.tick() && talk.meter.reason == .neverConnected)
  }

  @Test("a final grant is charged in full at the moment it is used up, whichever step notices first")
  func exhausted() {
    for late in [0, 1, 7_000] as [Int64] {
      let talk = MeteredTalk.live(granted: 12_000, available: 0, isFinal: true)
      talk.pass(5_000)
      talk.beat(seq: 2)
      talk.pass(4_900)
      talk.beat(seq: 3)
      #expect(talk.deadline == MeteredTalk.begin + 12_000)
      talk.pass(2_099)
      #expect(!talk.tick())
      talk.pass(1 + late)
      #expect(talk.beat(seq: 4) == .ended)
      #expect(talk.meter.reason == .exhausted && talk.meter.metered == 12_000 && talk.meter.remaining == 0)
    }
  }

  @Test("a gap is charged for 10 s at most, so a grant that ends later is reached after the next beat")
  func exhaustedBeyondGap() {
    let talk = MeteredTalk.live(granted: 12_000, available: 0, isFinal: true)
    talk.pass(9_000)
    talk.resumed = talk.now
    talk.pass(9_000)
    #expect(!talk.tick())
    #expect(talk.beat(seq: 2) == .accepted && talk.meter.metered == 10_000)
    talk.pass(2_000)
    #expect(talk.tick() && talk.meter.reason == .exhausted && talk.meter.metered == 12_000)
  }

  @Test("a silence ends a talk before a final grant that ends later")
  func gapBeforeExhausted() {
    let talk = MeteredTalk.live(granted: 60_000, available: 0, isFinal: true)
    talk.pass(20_000)
    #expect(talk.tick())
    #expect(talk.meter.reason == .gap && talk.meter.metered == 0)
  }

  @Test("new credit clears a final grant before the talk is found exhausted")
  func topUp() {
    let talk = MeteredTalk.live(granted: 8_000, available: 0, isFinal: true)
    talk.pass(7_999)
    talk.walletChanged(version: 7, available: 60_000)
    #expect(!talk.meter.isFinal && talk.meter.remaining == 68_000)
    talk.pass(1_001)
    #expect(talk.beat(seq: 2) == .accepted)
    #expect(talk.meter.metered == 9_000)
  }

  @Test("credit at the very moment of the end comes too late")
  func topUpTooLate() {
    let talk = MeteredTalk.live(granted: 8_000, available: 0, isFinal: true)
    talk.pass(8_000)
    talk.walletChanged(version: 7, available: 60_000)
    #expect(talk.meter.reason == .exhausted && talk.meter.metered == 8_000 && talk.meter.available == 0)
  }

  @Test("while Postgres is away a talk runs on for its grace, then ends as billing_unavailable and is charged for it")
  func grace() {
    let talk = MeteredTalk.live(granted: 10_000, available: 50_000, grace: 4_000)
    talk.pass(6_000)
    talk.beat(seq: 2)
    talk.pass(6_000)
    #expect(talk.beat(seq: 3) == .accepted)
    #expect(talk.meter.metered == 12_000)
    talk.pass(1_999)
    #expect(!talk.tick())
    talk.pass(1)
    #expect(talk.tick())
    #expect(talk.meter.reason == .billingUnavailable && talk.meter.metered == 14_000)
  }

  @Test("a slice within the grace lets the talk go on")
  func graceEnds() {
    let talk = MeteredTalk.live(granted: 10_000, available: 50_000, grace: 4_000)
    talk.pass(9_000)
    talk.beat(seq: 2)
    talk.pass(4_000)
    talk.grant(60_000, slice: 2, version: 7, available: 0, isFinal: true)
    talk.pass(4_000)
    #expect(talk.beat(seq: 3) == .accepted)
    #expect(talk.meter.metered == 17_000 && talk.meter.remaining == 43_000)
  }

  @Test("a grant that turns out to be used up and final ends the talk, with the metered charge")
  func finalWhenSpent() {
    let talk = MeteredTalk.live(granted: 10_000, available: 50_000)
    talk.pass(9_000)
    talk.beat(seq: 2)
    talk.pass(5_000)
    talk.beat(seq: 3)
    talk.grant(10_000, slice: 1, version: 7, available: 0, isFinal: true)
    #expect(talk.tick())
    #expect(talk.meter.reason == .exhausted && talk.meter.metered == 14_000 && talk.meter.remaining == 0)
  }

  @Test("the maximal length counts metered time from the first beat")
  func longest() {
    let talk = MeteredTalk(longest: 20_000)
    talk.grant(60_000, version: 6, available: 540_000)
    talk.pass(25_000)
    talk.beat(seq: 1)
    for seq in 2...4 {
      talk.pass(6_000)
      #expect(talk.beat(seq: Int64(seq)) == .accepted)
    }
    talk.pass(2_000)
    #expect(talk.beat(seq: 5) == .ended)
    #expect(talk.meter.reason == .maxDuration && talk.meter.metered == 20_000)
  }

  @Test("hanging up charges to that moment, and nothing before the first beat")
  func hangUp() {
    let talk = MeteredTalk.live()
    talk.pass(3_200)
    talk.hangUp()
    #expect(talk.meter.reason == .user && talk.meter.metered == 3_200)

    let starting = MeteredTalk()
    starting.pass(3_000)
    starting.hangUp(.operator)
    #expect(starting.meter.reason == .operator && starting.meter.metered == 0)
  }

  @Test("a talk whose agent has left is charged to the last beat, and nothing before the first")
  func agentLeft() {
    let talk = MeteredTalk.live()
    talk.pass(5_000)
    talk.beat(seq: 2)
    talk.pass(3_200)
    talk.hangUp(.agentEnded)
    #expect(talk.meter.reason == .agentEnded && talk.meter.metered == 5_000 && talk.meter.meteredAtBeat == 5_000)

    let starting = MeteredTalk()
    starting.pass(3_000)
    starting.hangUp(.agentEnded)
    #expect(starting.meter.reason == .agentEnded && starting.meter.metered == 0)
  }

  @Test("hanging up after the clock resumed charges 10 s at most")
  func hangUpClamped() {
    let talk = MeteredTalk.live()
    talk.pass(9_000)
    talk.resumed = talk.now
    talk.pass(8_000)
    talk.hangUp()
    #expect(talk.meter.reason == .user && talk.meter.metered == 10_000)
  }

  @Test("hanging up past the deadline does not change how the talk ended")
  func hangUpLate() {
    let talk = MeteredTalk.live()
    talk.pass(10_001)
    talk.hangUp()
    #expect(talk.meter.reason == .gap && talk.meter.metered == 0)
    talk.hangUp(.frozen)
    #expect(talk.meter.reason == .gap)
  }
}
