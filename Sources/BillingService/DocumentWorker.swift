import Application
import Logging

/// Issues documents in the background.
struct DocumentWorker: Sendable {
  let issue: IssueDueDocuments
  let logger: Logger

  func runOnce() async throws {
    let count = try await issue()
    if count > 0 { logger.info("documents were issued", metadata: ["count": "\(count)"]) }
  }
}
