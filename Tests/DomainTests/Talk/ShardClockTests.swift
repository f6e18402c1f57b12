import Domain
import Fakes
import Testing

@Suite("Shard time")
struct ShardClockTests {
  @Test("shard time starts at the wall clock, with nothing skipped")
  func start() {
    let clock = ShardClock(wall: 1_000_000, run: "a")
    #expect(clock.now == 1_000_000 && clock.lastLook == 1_000_000)
    #expect(clock.resumed == 0 && clock.skipped == 0)
  }

  @Test("shard time moves on by steps of 0 to 3 s", arguments: [0, 1, 100, 2_999, 3_000] as [Int64])
  func moves(step: Int64) {
    var clock = ShardClock(wall: 1_000_000)
    clock.look(at: 1_000_000 + step)
    #expect(clock.now == 1_000_000 + step)
    #expect(clock.resumed == 0 && clock.skipped == 0)
  }

  @Test("shard time stops during a longer pause between ticks, and records what it skipped")
  func skips() {
    var clock = ShardClock(wall: 1_000_000)
    clock.look(at: 1_002_000)
    clock.look(at: 1_005_001)
    #expect(clock.now == 1_002_000 && clock.resumed == 1_002_000)
    #expect(clock.skipped == 3_001)
    clock.look(at: 1_006_001)
    #expect(clock.now == 1_003_000 && clock.resumed == 1_002_000)
    #expect(clock.skipped == 3_001)
  }

  @Test("a wall clock that is set back moves shard time neither back nor on, and skips nothing")
  func back() {
    var clock = ShardClock(wall: 1_000_000)
    clock.look(at: 999_999)
    #expect(clock.now == 1_000_000 && clock.resumed == 1_000_000 && clock.skipped == 0)
    clock.look(at: 1_000_999)
    #expect(clock.now == 1_001_000)
  }

  @Test("another run of the store resumes the clock, the same run does not")
  func run() {
    var clock = ShardClock(wall: 1_000_000, run: "a")
    clock.look(at: 1_001_000)
    clock.found(run: "a")
    #expect(clock.resumed == 0)
    clock.found(run: "b")
    #expect(clock.resumed == 1_001_000 && clock.now == 1_001_000 && clock.skipped == 0)
    clock.look(at: 1_002_000)
    clock.found(run: "b")
    #expect(clock.resumed == 1_001_000)
  }

  @Test("with any changes of the wall clock, shard time never goes back and counts every step forward once")
  func property() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = Seeded(seed)
    for _ in 0..<300 {
      var wall: Int64 = 1_000_000
      var forward: Int64 = 0
      var clock = ShardClock(wall: wall)
      for _ in 0..<60 {
        let step = Int64.random(in: -4_000...8_000, using: &random)
        let before = clock
        wall += step
        forward += max(0, step)
        clock.look(at: wall)
        #expect(clock.now >= before.now && clock.resumed >= before.resumed, "seed \(seed)")
        #expect(clock.now - before.now <= ShardClock.longestStep && clock.resumed <= clock.now, "seed \(seed)")
        #expect(clock.now - 1_000_000 + clock.skipped == forward, "seed \(seed)")
      }
    }
  }
}
