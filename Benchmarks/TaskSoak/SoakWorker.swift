import Application
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime

/// A worker as the task service has one, with a handler whose effect is a row.
struct SoakWorker {
  let name: String
  let url: String

  func run() async throws {
    func pool(_ connections: Int) throws -> PostgresPool {
      try PostgresPool(
        configuration: PostgresConfiguration(
          url: url, applicationName: name, maximumConnections: connections, acquireTimeout: .seconds(10)),
        logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
    }
    let (main, listener) = (try pool(8), try pool(1))
    let (queue, schedule) = (PostgresTaskQueue(pool: main), RetrySchedule())
    let worker = TaskWorker(
      name: name, queue: queue,
      runTask: RunClaimedTask(
        performers: [Effect(pool: main, worker: name)], queue: queue, schedule: schedule, random: Dice()),
      wakeups: { PostgresTaskNotifications.stream(own: main, all: listener) },
      limits: TaskWorker.Limits(concurrency: 16),
      logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
    try await worker.run()
  }
}

/// Notes that it has begun, takes a while, has its effect, and notes that it has ended. An even task has its effect only
/// if nobody has noted its key.
private struct Effect: TaskHandler {
  let type = TaskType.carePlan
  let pool: PostgresPool
  let worker: String

  private struct Payload: Decodable { let number: Int }

  func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = try? JSONDecoder().decode(Payload.self, from: Data(task.payload.utf8)) else {
      return .failed(code: "malformed_payload")
    }
    let (number, claim) = (payload.number, task.claim.number)
    do {
      try await pool.query("INSERT INTO soak_begun VALUES (\(number), \(claim), \(worker))")
      try await Task.sleep(for: .milliseconds(Int.random(in: 20...150)))
      if number.isMultiple(of: 2) {
        try await once(number, claim)
      } else {
        try await pool.query("INSERT INTO soak_effects VALUES (\(number), \(claim), \(worker))")
      }
      try await pool.query("INSERT INTO soak_done VALUES (\(number), \(claim), \(worker))")
      return .completed
    } catch {
      return .retry(code: "database_unavailable", after: .zero)
    }
  }

  /// As a provider does that knows idempotency keys.
  private func once(_ number: Int, _ claim: Int) async throws {
    try await pool.transaction { transaction in
      let noted = try await transaction.query("INSERT INTO soak_keys VALUES (\(number)) ON CONFLICT DO NOTHING")
      guard noted.affectedRows == 1 else { return }
      try await transaction.query("INSERT INTO soak_effects VALUES (\(number), \(claim), \(worker))")
    }
  }
}

private struct Dice: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }
}
