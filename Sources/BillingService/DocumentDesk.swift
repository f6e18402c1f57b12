import Application
import Logging
import ServiceLifecycle

/// Issues documents in the background: when somebody rings, and each second for what nobody rang for, such as what
/// another instance has credited.
struct DocumentDesk: Service {
  private let issue: IssueDocuments
  private let logger: Logger
  private let rings: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init(issue: IssueDocuments, logger: Logger) {
    self.issue = issue
    self.logger = logger
    (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Money has moved. Returns at once, and many rings are one.
  @Sendable func ring() { bell.yield() }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask {
          while !Task.isCancelled {
            bell.yield()
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
