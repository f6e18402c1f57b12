import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("Tasks of schedules")
struct EnqueuePeriodicTasksTests {
  private let queue = InMemoryTaskQueue()

  private func enqueue(_ text: String, in zone: TimeZone = .gmt) throws -> EnqueuePeriodicTasks {
    EnqueuePeriodicTasks([PeriodicTask(.carePlanKeys, try #require(CronExpression(text)), in: zone)], inbox: queue)
  }

  private var keys: [String] { queue.rows.compactMap(\.uniqueKey).sorted() }

  @Test("each occurrence makes one task, though every instance looks again and again")
  func once() async throws {
    let instances = [try enqueue("17 * * * *"), try enqueue("17 * * * *")]
    for _ in 0..<(24 * 60) {
      for instance in instances { try await instance() }
      queue.advance(.seconds(60))
    }
    // The clock begins at a full hour, so that the occurrence before it is made up for.
    #expect(queue.rows.count == 25 && Set(keys).count == 25)
    #expect(queue.rows.allSatisfy { $0.task.type == .carePlanKeys && $0.task.userID == nil })
  }

  @Test("after an outage the last missed occurrence is made up for, and no other")
  func outage() async throws {
    let daily = try enqueue("0 3 * * *")
    try await daily()
    let first = try #require(keys.first)
    queue.advance(.seconds(5 * 86_400))
    try await daily()
    #expect(queue.rows.count == 2 && keys.first == first)
    let seconds = keys.compactMap { $0.split(separator: ":").last.flatMap { Int64($0) } }
    #expect(seconds.count == 2 && seconds[1] - seconds[0] == 5 * 86_400)
  }

  @Test("what was missed more than a week ago is not made up for")
  func longAgo() async throws {
    // The clock begins on the 15th of January.
    let monthly = try enqueue("0 0 10 * *")
    try await monthly()
    #expect(queue.rows.count == 1)
    let earlier = try enqueue("0 0 5 * *")
    try await earlier()
    #expect(queue.rows.count == 1)
  }

  @Test("a schedule may follow the clocks of a zone")
  func zone() async throws {
    let india = try #require(TimeZone(secondsFromGMT: 19_800))
    try await enqueue("30 5 * * *", in: india)()
    let moment = try #require(keys.first?.split(separator: ":").last.flatMap { Double($0) })
    #expect(moment.truncatingRemainder(dividingBy: 86_400) == 0)
  }
}
