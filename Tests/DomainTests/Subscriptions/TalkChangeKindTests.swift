import Domain
import Testing

@Suite("The changes that a step of a talk publishes")
struct TalkChangeKindTests {
  private func change(_ talk: MeteredTalk, _ step: (MeteredTalk) -> Void) -> TalkChangeKind? {
    let before = talk.meter
    step(talk)
    return talk.meter.change(since: before)
  }

  @Test("most beats publish no change")
  func beats() {
    let talk = MeteredTalk.live(granted: 120_000, available: 0)
    for number in 2...6 {
      #expect(
        change(talk) {
          $0.pass(5_000)
          $0.beat(seq: Int64(number))
        } == nil)
    }
  }

  @Test("a beat that passes 60 s or 15 s publishes low, each once, to the millisecond")
  func low() {
    let talk = MeteredTalk.live(granted: 70_000, available: 0)
    var heard: [Int64] = []
    for number in 2...15 {
      let told = change(talk) {
        $0.pass(5_000)
        $0.beat(seq: Int64(number))
      }
      if told == .low { heard.append(talk.meter.remaining) } else { #expect(told == nil) }
    }
    #expect(heard == [60_000, 15_000])
  }

  @Test("low is published again after a top-up")
  func lowAgain() {
    let talk = MeteredTalk.live(granted: 61_000, available: 0)
    let pass: (MeteredTalk) -> Void = {
      $0.pass(2_000)
      $0.beat()
    }
    #expect(change(talk, pass) == .low)
    #expect(change(talk) { $0.walletChanged(version: 7, available: 2_000) } == .toppedUp)
    #expect(talk.meter.remaining == 61_000)
    #expect(change(talk, pass) == .low)
  }

  @Test("low is published at the first beat if a talk begins with little time")
  func lowFromTheStart() {
    let talk = MeteredTalk(available: 10_000)
    #expect(change(talk) { $0.grant(10_000, version: 6, available: 0, isFinal: true) } == nil)
    #expect(change(talk) { $0.beat(seq: 1) } == .low)
  }

  @Test("a slice that only moves time that was there publishes nothing, in any order")
  func slices() {
    let direct = MeteredTalk.live()
    #expect(change(direct) { $0.grant(120_000, slice: 2, version: 7, available: 480_000) } == nil)
    #expect(change(direct) { $0.walletChanged(version: 7, available: 480_000) } == nil)

    let late = MeteredTalk.live()
    #expect(change(late) { $0.walletChanged(version: 7, available: 480_000) } == .remaining)
    #expect(change(late) { $0.grant(120_000, slice: 2, version: 7, available: 480_000) } == .remaining)
    #expect(late.meter == direct.meter)
  }

  @Test("minutes that come with a slice are a top-up, and a loss of minutes is none")
  func moved() {
    let talk = MeteredTalk.live()
    #expect(change(talk) { $0.grant(120_000, slice: 2, version: 8, available: 580_000) } == .toppedUp)
    #expect(change(talk) { $0.walletChanged(version: 9, available: 300_000) } == .remaining)
    #expect(change(talk) { $0.walletChanged(version: 9, available: 900_000) } == nil)
    #expect(change(talk) { $0.walletChanged(version: 10, available: 0) } == .remaining)
  }

  @Test("no change of the wallet is published before the first slice")
  func early() {
    let talk = MeteredTalk(available: 30_000)
    #expect(change(talk) { $0.walletChanged(version: 6, available: 90_000) } == nil)
    #expect(change(talk) { $0.grant(60_000, version: 7, available: 30_000) } == nil)
  }

  @Test("the end is published once, for any reason")
  func ended() {
    let talk = MeteredTalk.live(granted: 8_000, available: 0, isFinal: true)
    #expect(
      change(talk) {
        $0.pass(8_000)
        $0.beat(seq: 2)
      } == .ended)
    #expect(change(talk) { $0.hangUp() } == nil)
    #expect(change(talk) { $0.walletChanged(version: 9, available: 900_000) } == nil)
    let other = MeteredTalk.live()
    #expect(change(other) { $0.hangUp() } == .ended)
  }
}
