import Application
import Domain
import Foundation
import Testing

@Suite("The kept steps of a task", .serialized)
struct TaskStepContract {
  private static let again = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)

  @Test("the next attempt finds the results, and the end of the task deletes them", arguments: TaskStoreKind.allCases)
  func goesOn(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let first = try #require(try await store.claim().first)
      #expect(try await store.steps.steps(of: first.id).isEmpty)
      #expect(try await store.steps.keep("1", as: "one", of: first.claim))
      #expect(try await store.steps.keep(#"{"a": [2]}"#, as: "two", of: first.claim))
      #expect(try await store.steps.keep(#""three""#, as: "one", of: first.claim))
      #expect(try await store.queue.finish(first, worker: "a", as: Self.again))
      let second = try #require(try await store.claim().first)
      let kept = try await store.steps.steps(of: second.id)
      #expect(kept == ["one": #""three""#, "two": #"{"a": [2]}"#])
      #expect(try await store.queue.finish(second, worker: "a", as: .completed))
      #expect(try await store.steps.steps(of: first.id).isEmpty)
    }
  }

  @Test("an attempt that is over keeps nothing more", arguments: TaskStoreKind.allCases)
  func fenced(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let slow = try #require(try await store.claim(by: "slow").first)
      #expect(try await store.queue.finish(slow, worker: "slow", as: Self.again))
      #expect(try await store.steps.keep("1", as: "late", of: slow.claim) == false)
      let fast = try #require(try await store.claim(by: "fast").first)
      #expect(try await store.steps.keep("1", as: "late", of: slow.claim) == false)
      #expect(try await store.steps.keep("2", as: "now", of: fast.claim))
      #expect(try await store.steps.steps(of: fast.id) == ["now": "2"])
    }
  }

  @Test(
    "a failed task keeps its steps for an operator's retry, and one that was to stop does not",
    arguments: TaskStoreKind.allCases)
  func ends(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan()) }
      let tasks = try await store.claim()
      for task in tasks { #expect(try await store.steps.keep("1", as: "one", of: task.claim)) }
      #expect(try await store.queue.finish(tasks[0], worker: "a", as: .failed(code: "broken")))
      #expect(try await store.administration.cancel(tasks[1].id)?.state == .running)
      #expect(try await store.queue.finish(tasks[1], worker: "a", as: Self.again))
      #expect(try await store.queue.finish(tasks[2], worker: "a", as: .cancelled))
      var counts: [Int] = []
      for task in tasks { counts.append(try await store.steps.steps(of: task.id).count) }
      #expect(counts == [1, 0, 0])
    }
  }

  @Test("results and their number have a bound", arguments: TaskStoreKind.allCases)
  func bounded(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let task = try #require(try await store.claim().first)
      let longest = "\"" + String(repeating: "x", count: TaskSteps.longestResult - 2) + "\""
      #expect(try await store.steps.keep(longest + " ", as: "long", of: task.claim) == false)
      for number in 0..<TaskSteps.most {
        #expect(try await store.steps.keep(longest, as: "\(number)", of: task.claim))
      }
      #expect(try await store.steps.keep("1", as: "more", of: task.claim) == false)
      #expect(try await store.steps.keep("1", as: "0", of: task.claim))
      #expect(try await store.steps.steps(of: task.id).count == TaskSteps.most)
    }
  }
}
