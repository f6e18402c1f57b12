import Application
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
            let sent = try await send(refund, cause: "refund_worker")
            logger.info(
              "a refund was asked about", metadata: ["refund": "\(refund.id)", "status": "\(sent.status.rawValue)"])
          }
        } catch {
          logger.warning("refunds wait", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(2))
      }
    }
  }
}
