import Application
import Domain
import Foundation
import Synchronization
import Testing

@testable import Runtime

/// What may become of a task between its claim and the start of its handler.
extension TaskWorkerTests {
  private func claimed(_ count: Int) -> [ClaimedTask] {
    (0..<count).map { _ in
      ClaimedTask(id: TaskID(UUID()), type: .carePlan, payload: "{}", userID: nil, attempt: 1)
    }
  }

  @Test("a task that is dropped before its handler begins frees its place, and does not run")
  func droppedBeforeStart() async {
    let running = RunningTasks(places: 101, keptForUrgent: 0)
    let tasks = claimed(101)
    running.begin(tasks)
    #expect(running.room.all == 0)
    running.drop(Set(tasks.prefix(100).map(\.claim)))
    #expect(running.room.all == 100)
    let ran = Mutex<[TaskClaim]>([])
    for task in tasks {
      running.run(task) { ran.withLock { $0.append(task.claim) } }
    }
    let last = tasks[100].claim
    #expect(await eventually { ran.withLock { $0.contains(last) } })
    let all = ran.withLock { $0 }
    #expect(all == [last])
  }

  @Test("a task that is cancelled before its handler begins runs as a cancelled one, and its end tells why")
  func cancelledBeforeStart() async throws {
    let running = RunningTasks(places: 1, keptForUrgent: 0)
    let task = try #require(claimed(1).first)
    running.begin([task])
    running.cancel([task.claim], .operatorWish)
    let reasons = Mutex<[RunningTasks.CancelReason?]>([])
    running.run(task) {
      await untilCancelled()
      running.end(task) { reason in
        reasons.withLock { $0.append(reason) }
        return RunningTasks.Ended(end: TaskEnd(task, .cancelled), outcome: nil)
      }
    }
    #expect(await eventually { reasons.withLock { $0 == [.operatorWish] } })
    #expect(running.nextEnds(1)?.count == 1)
  }

  @Test("a task that is dropped while its handler begins is cancelled")
  func droppedAtStart() async {
    let running = RunningTasks(places: 1_000, keptForUrgent: 0)
    let tasks = claimed(1_000)
    running.begin(tasks)
    let cancelled = Mutex(0)
    for task in tasks {
      running.run(task) {
        running.drop([task.claim])
        await untilCancelled()
        cancelled.withLock { $0 += 1 }
      }
    }
    #expect(await eventually { cancelled.withLock { $0 } == 1_000 })
    #expect(running.room.all == 1_000)
  }
}
