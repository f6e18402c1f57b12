import Application
import Domain
import FoundationEssentials
import Logging
import PostgresAdapter
import ServiceLifecycle

/// Finds what redirect and webhook have missed: order by order as each is due, and once an hour all that Razorpay has of
/// the last two days. Several instances share the work.
struct Reconciler: Service {
  let orders: any WatchesOrders
  let reconcile: ReconcileOrder
  let period: ReconcilePeriod
  let repair: RepairBooks
  let rounds: PostgresRounds
  let interval: Duration
  let logger: Logger

  /// A day's settlement, and a day of margin.
  private static let span: Double = 48 * 3_600
  private static let round = "settlement"

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await askAboutOrders()
          try await askAboutPeriod()
        } catch {
          logger.warning("reconciling waits", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: interval)
      }
    }
  }

  private func askAboutOrders() async throws {
    while !Task.isCancelled {
      // Few at a time: each may take some seconds, and all are done before they are due again.
      let due = try await orders.takeDue(limit: 10)
      for due in due {
        let outcome = try await reconcile(due)
        tell(outcome, of: due.order)
        // Then neither will it answer about the others; they are due again soon.
        if case .unanswered(.unavailable) = outcome { return }
        if outcome == .unanswered(.credentialsRefused) { return }
      }
      if due.count < 10 { return }
    }
  }

  private func tell(_ outcome: ReconcileOutcome, of order: Order) {
    let level: Logger.Level =
      switch outcome {
      case .settled, .waiting: .debug
      case .expired: .info
      case .credited: .notice
      case .unanswered: .warning
      case .mismatch: .error
      }
    logger.log(
      level: level, "an order was reconciled", metadata: ["order": "\(order.id)", "outcome": "\(outcome)"])
  }

  private func askAboutPeriod() async throws {
    guard try await rounds.begin(Self.round) else { return }
    let now = Date()
    let comparison = try await period(GatewayPeriod(from: now - Self.span, to: now))
    let differences = comparison.differences
    let repaired = await repair(comparison)
    for difference in differences {
      let isRepaired = repaired.contains(difference)
      logger.log(
        level: isRepaired ? .notice : .error, isRepaired ? "the books were repaired" : "the books differ",
        metadata: ["difference": "\(difference)"])
    }
    try await rounds.finish(Self.round)
  }
}
