import Application
import Domain
import Logging

/// Checks the conversations whose duration check is due.
struct DurationCheckWorker: Sendable {
  let queue: any DurationCheckQueue
  let check: CheckConversationDuration
  let logger: Logger

  /// A few at once: each may take some seconds, and all are done before they are due again.
  private static let batch = 10

  func runOnce() async throws {
    var due: [DueConversation]
    repeat {
      due = try await queue.claimDue(limit: Self.batch)
      await withDiscardingTaskGroup { group in
        for due in due { group.addTask { await look(at: due) } }
      }
    } while due.count == Self.batch && !Task.isCancelled
  }

  private func look(at due: DueConversation) async {
    do {
      let outcome = try await check(due)
      logger.log(
        level: Self.level(outcome), "a conversation was looked at",
        metadata: ["conversation": "\(due.id)", "outcome": "\(outcome)"])
    } catch {
      logger.debug("a conversation waits", metadata: ["conversation": "\(due.id)", "error": "\(error)"])
    }
  }

  private static func level(_ outcome: DurationCheckOutcome) -> Logger.Level {
    switch outcome {
    case .waiting, .talkedOn, .neverBegan, .reconciled(.waiting), .reconciled(.tolerated): .debug
    case .reconciled(.adjusted), .endedFromOutside: .notice
    case .beyondControl, .unanswered(.unavailable): .warning
    case .givenUp, .impossibleDuration, .unanswered(.refused): .error
    }
  }
}
