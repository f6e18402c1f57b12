import Application
import Domain
import Logging
import PostgresAdapter
import PostgresDriver
import ServiceLifecycle

/// Looks at the conversations that are due, woken when a talk of this process is settled; the poll finds the others.
struct ConversationReviewWorker: Service {
  let conversations: any ConversationReviewQueue
  let review: ReviewConversation
  let database: PostgresPool
  let logger: Logger

  /// Few at once: each may take some seconds, and all are done before they are due again.
  private static let fastPath = 10

  func run() async throws {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask {
          for await _ in database.commits(announcing: PostgresTalkLedger.dueConversations) { signal.yield() }
        }
        group.addTask {
          while !Task.isCancelled {
            signal.yield()
            try? await Task.sleep(for: .seconds(1))
          }
          signal.finish()
        }
        group.addTask { for await _ in signals { await look() } }
        await group.waitForAll()
      }
    }
  }

  private func look() async {
    do {
      var due: [DueConversation]
      repeat {
        due = try await conversations.claimDue(limit: Self.fastPath)
        await withDiscardingTaskGroup { group in
          for due in due { group.addTask { await look(at: due) } }
        }
      } while due.count == Self.fastPath && !Task.isCancelled
    } catch {
      logger.debug("conversations wait", metadata: ["error": "\(error)"])
    }
  }

  private func look(at due: DueConversation) async {
    do {
      let outcome = try await review(due)
      logger.log(
        level: Self.level(outcome), "a conversation was looked at",
        metadata: ["conversation": "\(due.id)", "outcome": "\(outcome)"])
    } catch {
      logger.debug("a conversation waits", metadata: ["conversation": "\(due.id)", "error": "\(error)"])
    }
  }

  private static func level(_ outcome: ReviewOutcome) -> Logger.Level {
    switch outcome {
    case .waiting, .talkedOn, .neverBegan, .reconciled(.waiting), .reconciled(.tolerated): .debug
    case .reconciled(.adjusted), .endedFromOutside: .notice
    case .beyondControl, .unanswered(.unavailable): .warning
    case .givenUp, .unanswered(.refused): .error
    }
  }
}
