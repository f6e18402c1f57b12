import Application
import Domain
import Logging
import Runtime
import ServiceLifecycle

/// Sends Razorpay the stored refunds that could not be sent at once, and asks about the refunds that Razorpay has not
/// finished.
struct RefundWorker: Service {
  let refunds: any RefundRepository
  let send: SendRefund
  let logger: Logger

  /// How many refunds an instance handles at once.
  private static let places = 8

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await ConcurrentItemWorker(places: Self.places, every: .seconds(2)) { limit in
        await take(limit)
      } work: { refund in
        await ask(about: refund)
      }.run()
    }
  }

  private func take(_ limit: Int) async -> [Refund] {
    do { return try await refunds.claimDue(limit: limit) } catch {
      logger.warning("refunds wait", metadata: ["error": "\(error)"])
      return []
    }
  }

  private func ask(about refund: Refund) async {
    do { tell(try await send(refund, cause: "refund_worker")) } catch {
      logger.warning("a refund waits", metadata: ["refund": "\(refund.id)", "error": "\(error)"])
    }
  }

  private func tell(_ refund: Refund) {
    let metadata: Logger.Metadata = [
      "refund": "\(refund.id)", "payment": "\(refund.paymentID)", "status": "\(refund.status.rawValue)",
      "attempt": "\(refund.attempt)",
    ]
    guard refund.status == .failed else { return logger.info("a refund was asked about", metadata: metadata) }
    guard refund.origin == .surplus, PaymentReturnSchedule.pause(after: refund.attempt) != nil else {
      return logger.error("a refund failed; nobody asks for it again", metadata: metadata)
    }
    logger.warning("a payment could not be sent back so far", metadata: metadata)
  }
}
