import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("The list of tasks")
struct ReadTasksTests {
  private let queue = InMemoryTaskQueue()

  private func insert(_ types: TaskType...) {
    for type in types {
      queue.insert(NewTask(type: type, payload: "{}", userID: nil, uniqueKey: nil))
      queue.advance(.seconds(1))
    }
  }

  @Test("a page that has found too few goes on after the last task that was looked at")
  func bounded() async throws {
    insert(.receiptMail, .carePlan, .carePlan, .carePlan, .receiptMail)
    let read = ReadTasks(tasks: InMemoryTaskAdministration(queue: queue, look: 2))
    let mails = TaskFilter(type: TaskType.receiptMail.rawValue)
    var (sizes, cursor): ([Int], TaskCursor?) = ([], nil)
    repeat {
      let page = try await read.page(.everyone, mails, after: cursor, limit: 2)
      #expect(page.items.allSatisfy { $0.type == mails.type })
      sizes.append(page.items.count)
      cursor = page.next
    } while cursor != nil
    #expect(sizes == [1, 0, 1])
  }

  @Test("a page that is full begins the next one after its last task, and the last page has none")
  func full() async throws {
    insert(.carePlan, .carePlan, .receiptMail, .carePlan)
    let read = ReadTasks(tasks: InMemoryTaskAdministration(queue: queue))
    let plans = TaskFilter(type: TaskType.carePlan.rawValue)
    let first = try await read.page(.everyone, plans, after: nil, limit: 2)
    #expect(first.items.count == 2 && first.next?.id == first.items.last?.id)
    let second = try await read.page(.everyone, plans, after: first.next, limit: 2)
    #expect(second.items.count == 1 && second.next == nil)
  }

  @Test("a type that nobody knows needs a task, and times have to begin before they end")
  func refusals() async throws {
    let read = ReadTasks(tasks: InMemoryTaskAdministration(queue: queue))
    let typed = TaskFilter(type: "horoscope")
    await #expect(throws: TaskError.unknownListType) { try await read.page(.everyone, typed, after: nil, limit: 2) }
    #expect(try await read.page(.everyone, TaskFilter(type: "care_plan"), after: nil, limit: 2).items.isEmpty)
    queue.insert(unknownType: "horoscope", userID: nil)
    #expect(try await read.page(.everyone, typed, after: nil, limit: 2).items.count == 1)
    let moment = Date(timeIntervalSince1970: 1_800_000_000)
    let never = TaskFilter(createdAfter: moment, createdBefore: moment)
    await #expect(throws: TaskError.noListTime) { try await read.page(.everyone, never, after: nil, limit: 2) }
  }
}
