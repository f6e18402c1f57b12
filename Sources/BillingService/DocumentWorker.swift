import Application
import Logging
import PostgresAdapter
import PostgresDriver
import ServiceLifecycle

/// Issues documents in the background: when somebody rings, as each commit that tells of money does, and each second for
/// what nobody rang for, such as what another instance has credited.
struct DocumentWorker: Service {
  private let issue: IssueDocuments
  private let database: PostgresPool
  private let logger: Logger
  private let rings: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init(issue: IssueDocuments, database: PostgresPool, logger: Logger) {
    self.issue = issue
    self.database = database
    self.logger = logger
    (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Money has moved. Returns at once, and many rings are one.
  func ring() { bell.yield() }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { for await _ in database.commits(announcing: PostgresOutbox.topic("billing")) { ring() } }
        group.addTask {
          while !Task.isCancelled {
            ring()
            try? await Task.sleep(for: .seconds(1))
          }
          bell.finish()
        }
        group.addTask { for await _ in rings { await work() } }
        await group.waitForAll()
      }
    }
  }

  private func work() async {
    do {
      let count = try await issue()
      if count > 0 { logger.info("documents were issued", metadata: ["count": "\(count)"]) }
    } catch {
      logger.warning("documents wait", metadata: ["error": "\(error)"])
    }
  }
}
