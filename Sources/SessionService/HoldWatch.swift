import Application
import Logging
import ServiceLifecycle

/// Asks about talks whose holds have run out: lost ones are settled, live ones go on.
struct HoldWatch: Service {
  let books: any TalkBooks
  let settle: SettleTalk
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          for talk in try await books.overdue(limit: 100) {
            try await settle.question(talk)
            logger.notice("a hold had run out", metadata: ["session": "\(talk.session)"])
          }
        } catch {
          logger.debug("holds wait", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(10))
      }
    }
  }
}
