import Application
import CryptoAdapter
import Domain
import HTTPServing
import PostgresAdapter
import PostgresDriver
import Runtime
import ServiceLifecycle

extension TaskModule {
  /// The background work of the task service: it turns events into tasks, and runs the tasks.
  func workers(_ host: ServiceHost) throws -> [any Service] {
    let intake = PostgresEventTaskInbox(pool: host.postgres, inbox: PostgresInbox(consumer: host.name))
    let enqueue = EnqueueTasks(queue: intake, accounts: PostgresDeletedAccountReader(database: host.postgres))
    let consumers = TaskEventConsumers(enqueue: enqueue).all.map { host.consumer($0) }
    return [try worker(host)] + consumers + erasures(host) + periodic(host)
  }

  /// What has failed is repeated whatever the settings are. Conversations are erased by their age only if that is set.
  private func erasures(_ host: ServiceHost) -> [any Service] {
    let (repeater, pause) = (PostgresErasureRepeater(database: host.postgres), settings.common.retentionInterval)
    let repeats = host.worker("failed erasures", every: pause) { try await repeater.runOnce() }
    guard let retention = transcripts(host) else { return [repeats] }
    return [repeats, host.worker("transcripts", every: pause) { try await retention.runOnce() }]
  }

  private func transcripts(_ host: ServiceHost) -> PostgresTranscriptRetention? {
    guard settings.transcriptDays > 0 else { return nil }
    return PostgresTranscriptRetention(database: host.postgres, days: settings.transcriptDays)
  }

  /// The progress of consumers, of tasks, and of the erasure of conversations by their age.
  func gauges(_ host: ServiceHost) -> [MetricsGauge] {
    let usual = StreamGauges.all(ports.streams) + TaskGauges.all(host.postgres)
    guard let retention = transcripts(host) else { return usual }
    let overdue = MetricsGauge("talktime_transcripts_overdue_seconds") {
      guard let overdue = try? await retention.overdue() else { return [] }
      return [([], overdue / .seconds(1))]
    }
    return usual + [overdue]
  }

  /// The tasks that come again and again. The pause is how late one may be.
  private func periodic(_ host: ServiceHost) -> [any Service] {
    let enqueue = EnqueuePeriodicTasks(
      settings.periodicTasks, inbox: PostgresPeriodicTaskInbox(pool: host.postgres))
    return [host.worker("periodic tasks", every: .seconds(15)) { try await enqueue() }]
  }

  private func worker(_ host: ServiceHost) throws -> TaskWorker {
    let handlers = try TaskHandlers(host, settings).all
    let queue = PostgresTaskQueue(
      pool: host.postgres,
      versions: Dictionary(handlers.map { ($0.type, $0.versions) }, uniquingKeysWith: { first, _ in first }))
    let (schedule, pool, listener) = (RetrySchedule(), host.postgres, host.listener)
    return TaskWorker(
      name: host.instance, queue: queue,
      runTask: RunClaimedTask(
        performers: handlers, queue: queue, schedule: schedule, random: SystemRandom()),
      wakeups: { PostgresTaskNotifications.stream(own: pool, all: listener) },
      limits: TaskWorker.Limits(concurrency: settings.concurrency),
      logger: host.logger)
  }
}
