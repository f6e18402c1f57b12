import Application
import Domain
import Foundation
import Testing

@Suite("The failed attempts of a task", .serialized)
struct TaskFailureContract {
  private static let again = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)
  private static let wait = TaskDisposition.again(after: .zero, code: "too_early", counts: false)

  @Test(
    "each failed attempt leaves what became of it; waiting and success leave nothing", arguments: TaskStoreKind.allCases
  )
  func history(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let id = try #require(try await store.reader.page(.everyone, after: nil, limit: 1).first?.id)
      func attempt(_ worker: String, _ end: TaskDisposition) async throws {
        let task = try #require(try await store.claim(by: worker).first)
        try await store.advance(.seconds(7))
        #expect(try await store.queue.finish(task, worker: worker, as: end))
      }
      #expect(try await store.reader.failures(of: id).isEmpty)
      try await attempt("a", Self.wait)
      try await attempt("a", Self.again)
      try await attempt("b", .failed(code: "broken"))
      #expect(try await store.administration.retry(id) != nil)
      _ = try #require(try await store.claim(by: "c").first)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 1)
      try await attempt("d", .completed)

      let failures = try await store.reader.failures(of: id)
      #expect(failures.map(\.code) == ["provider_down", "broken", "worker_lost"])
      #expect(failures.map(\.attempt) == [1, 2, 1])
      #expect(failures.map(\.worker) == ["a", "b", "c"])
      #expect(failures.map { $0.duration.map { $0 >= .seconds(7) && $0 < .seconds(20) } } == [true, true, nil])
      #expect(failures.map(\.failedAt) == failures.map(\.failedAt).sorted())
      #expect(try await store.reader.failures(of: TaskID(UUID())).isEmpty)
    }
  }

  @Test("of many failures the first and the last are kept", arguments: TaskStoreKind.allCases)
  func bounded(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let id = try #require(try await store.reader.page(.everyone, after: nil, limit: 1).first?.id)
      for _ in 1...45 {
        #expect(try await store.queue.finish(try #require(try await store.claim().first), worker: "a", as: Self.again))
      }
      #expect(try await store.reader.failures(of: id).map(\.attempt) == Array(1...20) + Array(26...45))
    }
  }

  @Test("the ends of many tasks leave each its own failure", arguments: TaskStoreKind.allCases)
  func batch(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan()) }
      let tasks = try await store.claim()
      let ends = [
        TaskEnd(tasks[0], .completed), TaskEnd(tasks[1], Self.again), TaskEnd(tasks[2], .failed(code: "broken")),
      ]
      #expect(try await store.queue.finish(ends, worker: "a").count == 3)
      var codes: [[String]] = []
      for task in tasks { codes.append(try await store.reader.failures(of: task.id).map(\.code)) }
      #expect(codes == [[], ["provider_down"], ["broken"]])
    }
  }
}
