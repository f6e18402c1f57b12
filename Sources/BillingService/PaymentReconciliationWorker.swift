import Application
import Domain
import FoundationEssentials
import Logging
import PostgresAdapter

/// Finds what redirect and webhook have missed. It checks each order when its check is due, and once an hour all of
/// Razorpay's records of the last two days. Several instances share the work.
struct PaymentReconciliationWorker: Sendable {
  let orders: any OrderCheckQueue
  let reconcile: ReconcileOrder
  let repair: RepairPayments
  let refunds: any RefundRepository
  let rounds: PostgresPeriodicRunStore
  let logger: Logger

  /// A day for the settlement, and a day of margin.
  private static let span: Double = 48 * 3_600
  private static let round = "settlement"

  func runOnce() async {
    await attempt { try await askAboutOrders() }
    await attempt { try await askAboutPeriod() }
  }

  /// An error in one part does not stop the other.
  private func attempt(_ part: () async throws -> Void) async {
    do { try await part() } catch { logger.warning("reconciling waits", metadata: ["error": "\(error)"]) }
  }

  /// Asks about a few orders in parallel: each may take some seconds, and all are done before they are due again.
  private func askAboutOrders() async throws {
    while !Task.isCancelled {
      let due = try await orders.claimDue(limit: 10)
      let answered = await withTaskGroup(of: Bool.self) { group in
        for due in due { group.addTask { await ask(about: due) } }
        return await group.reduce(into: 0) { count, isAnswered in count += isAnswered ? 1 : 0 }
      }
      // If no order was answered, the other orders will not be either. They are soon due again.
      if due.count < 10 || answered == 0 { return }
    }
  }

  /// - Returns: false if Razorpay or Postgres cannot be asked.
  private func ask(about due: DueOrder) async -> Bool {
    do {
      let outcome = try await reconcile(due)
      tell(outcome, of: due.order)
      return switch outcome {
      case .unanswered(.unavailable), .unanswered(.credentialsRefused): false
      default: true
      }
    } catch {
      logger.warning("an order waits", metadata: ["order": "\(due.order.id)", "error": "\(error)"])
      return false
    }
  }

  private func tell(_ outcome: ReconcileOutcome, of order: Order) {
    let level: Logger.Level =
      switch outcome {
      case .settled, .waiting: .debug
      case .expired: .info
      case .credited: .notice
      case .unanswered: .warning
      case .mismatch, .unknownStatus: .error
      }
    logger.log(
      level: level, "an order was reconciled", metadata: ["order": "\(order.id)", "outcome": "\(outcome)"])
  }

  private func askAboutPeriod() async throws {
    guard try await rounds.begin(Self.round, retryAfter: .seconds(600)) else { return }
    // This needs no response from Razorpay, for which the refunds may be waiting.
    await attempt { try await tellOfWaitingRefunds() }
    let now = Date()
    let report = try await repair(ReconciliationPeriod(from: now - Self.span, to: now))
    for difference in report.repaired {
      logger.notice("the records were repaired", metadata: ["difference": "\(difference)"])
    }
    for difference in report.standing {
      logger.error("the records differ", metadata: ["difference": "\(difference)"])
    }
    try await rounds.finish(Self.round, next: .seconds(3_600))
  }

  /// Reports refunds that Razorpay has not accepted within an hour, and payments that cannot be sent back, however old
  /// they are. An operator has to look at them.
  private func tellOfWaitingRefunds() async throws {
    for waiting in try await refunds.waiting() where waiting.next == nil || waiting.since < Date() - 3_600 {
      logger.error(
        waiting.next == nil ? "a payment could not be sent back" : "a refund waits for Razorpay",
        metadata: [
          "payment": "\(waiting.refund.paymentID)", "refund": "\(waiting.refund.id)",
          "attempt": "\(waiting.refund.attempt)",
        ])
    }
  }
}
