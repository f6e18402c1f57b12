import Application
import Domain
import Fakes
import Testing

@Suite("Tasks that lose their workers")
struct LostTaskTests {
  /// The worker, whose clock goes by seconds, is back after its lease each time.
  @Test("a task that kills each of its workers fails alone, and those that ran beside it succeed")
  func killer() async throws {
    let queue = InMemoryTaskQueue()
    for number in 0..<16 {
      let payload = number == 0 ? "killer" : "slow"
      queue.insert(NewTask(type: .carePlan, payload: payload, userID: nil, uniqueKey: nil))
    }
    var running: [(task: ClaimedTask, end: Int)] = []
    var (now, deaths) = (0, 0)
    func advance(_ seconds: Int) {
      queue.advance(.seconds(seconds))
      now += seconds
    }
    while queue.rows.contains(where: { $0.state == .pending || $0.state == .running }), now < 100_000 {
      let ended = running.filter { $0.end <= now }
      running.removeAll { $0.end <= now }
      for one in ended { #expect(try await queue.finish(one.task, worker: "w", as: .completed)) }
      let claimed = try await queue.claim(limit: 16 - running.count, worker: "w", lease: .seconds(30))
      for task in claimed { running.append((task: task, end: now + 40)) }
      if claimed.contains(where: { $0.payload == "killer" }) {
        deaths += 1
        running = []
        advance(31)
        _ = try await queue.rescue(maximumLosses: 10)
      }
      advance(1)
    }
    let killer = queue.rows.filter { $0.task.payload == "killer" }
    let others = queue.rows.filter { $0.task.payload == "slow" }
    #expect(deaths == 10 && killer.map(\.state) == [.failed] && killer.map(\.error) == ["worker_lost"])
    #expect(others.count == 15 && others.allSatisfy { $0.state == .completed })
  }
}
