import Application
import Domain
import Logging
import ServiceLifecycle

/// Asks Razorpay for the refunds that nobody could ask for when they were written down, and what became of those that it
/// has not finished.
struct RefundWorker: Service {
  let refunds: any RecordsRefunds
  let send: SendRefund
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          for refund in try await refunds.takeDue(limit: 20) {
            tell(try await send(refund, cause: "refund_worker"))
          }
        } catch {
          logger.warning("refunds wait", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(2))
      }
    }
  }

  private func tell(_ refund: Refund) {
    let metadata: Logger.Metadata = [
      "refund": "\(refund.id)", "payment": "\(refund.paymentID)", "status": "\(refund.status.rawValue)",
      "attempt": "\(refund.attempt)",
    ]
    guard refund.status == .failed else { return logger.info("a refund was asked about", metadata: metadata) }
    guard refund.origin == .surplus, ReturnSchedule.pause(after: refund.attempt) != nil else {
      return logger.error("a refund failed; nobody asks for it again", metadata: metadata)
    }
    logger.warning("a payment could not be sent back so far", metadata: metadata)
  }
}
