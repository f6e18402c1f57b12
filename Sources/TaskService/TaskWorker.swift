import Application
import Domain
import Logging
import Runtime
import ServiceLifecycle

/// Takes tasks from the queue and runs a limited number at once, each under a lease that is extended while the task
/// runs. A notification wakes the worker. The poll finds tasks that no notification announced.
struct TaskWorker: Service {
  let name: String
  let queue: any TaskQueue
  let runTask: RunClaimedTask
  let wakeups: @Sendable () -> AsyncStream<Void>
  let concurrency: Int
  let maximumAttempts: Int
  let logger: Logger

  private static let lease = Duration.seconds(30)
  private static let poll = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await ConcurrentItemWorker(places: concurrency, every: Self.poll) { free in
        await claim(free)
      } work: { task in
        await runLeased(task)
      }.run(wokenBy: wakeups())
    }
  }

  private func claim(_ free: Int) async -> [ClaimedTask] {
    do {
      let rescued = try await queue.rescue(maximumAttempts: maximumAttempts)
      if rescued > 0 { logger.warning("tasks of a lost worker were put back", metadata: ["count": "\(rescued)"]) }
      return try await queue.claim(limit: free, worker: name, lease: Self.lease)
    } catch {
      logger.warning("the queue cannot be read", metadata: ["error": "\(error)"])
      return []
    }
  }

  /// Runs the task and extends its lease meanwhile; a lost lease cancels the work.
  private func runLeased(_ task: ClaimedTask) async {
    await withTaskGroup { group in
      group.addTask { await perform(task) }
      group.addTask { await keepLease(task) }
      await group.next()
      group.cancelAll()
    }
  }

  private func perform(_ task: ClaimedTask) async {
    let metadata: Logger.Metadata = [
      "task": "\(task.id)", "type": "\(task.type.rawValue)", "attempt": "\(task.attempt)",
    ]
    do {
      let outcome = try await runTask(task, worker: name)
      logger.info(
        "task ran", metadata: metadata.merging(["outcome": "\(outcome.map { "\($0)" } ?? "lease_lost")"]) { $1 })
    } catch {
      // The row keeps its lease until the lease expires; another worker then claims the task.
      logger.warning("a task's outcome was not written", metadata: metadata.merging(["error": "\(error)"]) { $1 })
    }
  }

  private func keepLease(_ task: ClaimedTask) async {
    while !Task.isCancelled {
      do { try await Task.sleep(for: Self.lease / 3) } catch { return }
      let held = (try? await queue.extend(task, worker: name, lease: Self.lease)) ?? true
      if !held { return }
    }
  }
}
