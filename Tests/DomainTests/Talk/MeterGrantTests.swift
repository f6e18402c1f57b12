import Domain
import Testing

@Suite("The meter: grants and the wallet's version")
struct MeterGrantTests {
  @Test("the greater of two grants is kept, so a repeat changes nothing")
  func repeated() {
    let talk = MeteredTalk.live()
    talk.grant(120_000, slice: 2, version: 7, available: 480_000)
    let before = talk.meter
    talk.grant(120_000, slice: 2, version: 7, available: 480_000)
    #expect(talk.meter == before)
    talk.grant(60_000, slice: 1, version: 6, available: 540_000)
    #expect(talk.meter == before)
  }

  @Test("of an older version only the grant is used, not the wallet's state")
  func older() {
    let talk = MeteredTalk.live()
    talk.walletChanged(version: 9, available: 700_000)
    talk.grant(120_000, slice: 2, version: 8, available: 0, isFinal: true)
    #expect(talk.meter.granted == 120_000 && talk.meter.slice == 2)
    #expect(!talk.meter.isFinal && talk.meter.available == 700_000 && talk.meter.walletVersion == 9)
  }

  @Test("a grant counts with the same version, a change of the wallet only with a newer one")
  func sameVersion() {
    let talk = MeteredTalk.live()
    talk.grant(60_000, version: 6, available: 1_000)
    #expect(talk.meter.available == 1_000)
    talk.walletChanged(version: 6, available: 2_000)
    #expect(talk.meter.available == 1_000)
    talk.walletChanged(version: 7, available: 2_000)
    #expect(talk.meter.available == 2_000 && talk.meter.walletVersion == 7)
  }

  @Test("a wallet that changed and is still empty leaves a grant final")
  func stillEmpty() {
    let talk = MeteredTalk.live(granted: 8_000, available: 0, isFinal: true)
    talk.walletChanged(version: 7, available: 0)
    #expect(talk.meter.isFinal)
  }

  @Test("a grant or a wallet change past the deadline is ignored")
  func late() {
    let talk = MeteredTalk()
    talk.pass(15_000)
    talk.grant(60_000, version: 6, available: 540_000)
    #expect(talk.meter.reason == .neverConnected && talk.meter.granted == 0 && talk.meter.walletVersion == 5)
  }

  @Test("only the first slice gives time to connect")
  func connection() {
    let talk = MeteredTalk()
    let deadline = talk.deadline
    talk.grant(60_000, slice: 2, version: 6, available: 540_000)
    #expect(talk.deadline == deadline)
    talk.grant(60_000, slice: 1, version: 6, available: 540_000)
    #expect(talk.deadline == MeteredTalk.begin + Meter.connection)
  }

  @Test("the next slice is requested with less than 30 s granted left, and only while the talk is live")
  func wants() {
    let talk = MeteredTalk()
    #expect(!talk.meter.wantsSlice)
    talk.grant(40_000, version: 6, available: 540_000)
    talk.beat(seq: 1)
    talk.pass(10_000)
    talk.beat(seq: 2)
    #expect(!talk.meter.wantsSlice)
    talk.pass(1)
    talk.beat(seq: 3)
    #expect(talk.meter.wantsSlice)
    talk.hangUp()
    #expect(!talk.meter.wantsSlice)
  }
}
