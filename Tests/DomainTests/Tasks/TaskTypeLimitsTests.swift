import Domain
import Testing

@Suite("The limits of a type of task")
struct TaskTypeLimitsTests {
  @Test("no minute has more than the rate, however the workers look", arguments: [1, 2, 7, 20, 60, 119, 600, 60_000])
  func rate(perMinute: Int) throws {
    let rate = try #require(TaskRate(perMinute: perMinute))
    var random = SystemRandomNumberGenerator()
    for pause in [1_000, 50_000, 1_000_000, 7_000_000] as [Int64] {
      var (now, reach, begun): (Int64, Int64, [(at: Int64, count: Int)]) = (0, 0, [])
      while now < 200_000_000 {
        let allowed = rate.allowed(ahead: reach - now)
        let count = Bool.random(using: &random) ? allowed : min(allowed, 1)
        if count > 0 {
          reach = now + rate.ahead(after: count, from: reach - now)
          begun.append((now, count))
        }
        now += Int64.random(in: 1...(2 * pause), using: &random)
        if pause == 1_000, now > 70_000_000 { break }
      }
      var (first, sum, most) = (0, 0, 0)
      for (index, one) in begun.enumerated() {
        sum += one.count
        while begun[first].at <= one.at - 60_000_000 {
          sum -= begun[first].count
          first += 1
        }
        most = max(most, sum)
        #expect(first <= index)
      }
      #expect(most <= perMinute)
    }
  }

  @Test("workers that look every second reach nine tenths of the rate", arguments: [1, 20, 60, 600, 6_000])
  func throughput(perMinute: Int) throws {
    let rate = try #require(TaskRate(perMinute: perMinute))
    var (reach, all): (Int64, Int) = (0, 0)
    for second in 0..<600 {
      let now = Int64(second) * 1_000_000
      let count = rate.allowed(ahead: reach - now)
      if count > 0 { reach = now + rate.ahead(after: count, from: reach - now) }
      all += count
    }
    #expect(all >= perMinute * 9 && all <= perMinute * 10 + 1)
  }

  @Test("what is allowed is the least that both limits leave")
  func both() throws {
    let limits = try #require(TaskTypeLimits(mostRunning: 3, mostPerMinute: 600))
    #expect(limits.allowed(running: 0, ahead: 0) == 3)
    #expect(limits.allowed(running: 3, ahead: 0) == 0)
    #expect(limits.allowed(running: 9, ahead: 0) == 0)
    #expect(limits.allowed(running: 0, ahead: 60_000_000) == 0)
    #expect(TaskTypeLimits.unlimited.allowed(running: 1_000_000, ahead: .max) == .max)
  }

  @Test("a limit is within its range")
  func ranges() {
    for most in [0, -1, 1_001] { #expect(TaskTypeLimits(mostRunning: most, mostPerMinute: nil) == nil) }
    for most in [0, -1, 60_001] { #expect(TaskTypeLimits(mostRunning: nil, mostPerMinute: most) == nil) }
    #expect(TaskTypeLimits(mostRunning: nil, mostPerMinute: nil) == TaskTypeLimits.unlimited)
  }
}
