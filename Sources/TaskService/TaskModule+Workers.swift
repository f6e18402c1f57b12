import Application
import CryptoAdapter
import Domain
import PostgresAdapter
import PostgresDriver
import Runtime
import ServiceLifecycle

extension TaskModule {
  /// The background work of the task service: it turns events into tasks, and runs the tasks.
  func workers(_ host: ServiceHost) throws -> [any Service] {
    let intake = PostgresEventTaskInbox(pool: host.postgres, inbox: PostgresInbox(consumer: host.name))
    let consumers = TaskEventConsumers(host: host, enqueue: EnqueueTasks(queue: intake))
    return [try worker(host)] + consumers.all
  }

  private func worker(_ host: ServiceHost) throws -> TaskWorker {
    let (queue, schedule, listener) = (PostgresTaskQueue(database: host.postgres), RetrySchedule(), host.listener)
    return TaskWorker(
      name: "task-\(host.settings.port)-\(UInt32.random(in: 0 ... .max))", queue: queue,
      runTask: RunClaimedTask(
        performers: try TaskHandlers(host, settings).all, queue: queue, schedule: schedule, random: SystemRandom()),
      wakeups: { Self.notifications(listener) }, concurrency: settings.concurrency,
      maximumAttempts: schedule.maximumAttempts, logger: host.logger)
  }

  private static func notifications(_ listener: PostgresPool) -> AsyncStream<Void> {
    AsyncStream { continuation in
      let forwarding = Task {
        for await _ in listener.listen(to: ["tasks"]) { continuation.yield() }
        continuation.finish()
      }
      continuation.onTermination = { _ in forwarding.cancel() }
    }
  }
}
