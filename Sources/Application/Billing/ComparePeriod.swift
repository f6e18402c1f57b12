import Domain
import FoundationEssentials

/// Compares Razorpay's records of a period with ours.
public struct ComparePeriod: Sendable {
  private let gateway: any PaymentGateway
  private let records: any ReconciliationRecordReader

  public init(gateway: any PaymentGateway, records: any ReconciliationRecordReader) {
    self.gateway = gateway
    self.records = records
  }

  public enum Failure: Error, Equatable {
    case gateway(GatewayError)
    case ledger(BillingError)
  }

  /// Razorpay lists a dispute by the time at which it was opened. Its decision may come months later.
  private static let disputeSpan: Double = 180 * 86_400

  /// Razorpay is asked first: a payment that is made meanwhile is then no difference.
  public func callAsFunction(_ period: ReconciliationPeriod) async throws(Failure) -> PaymentComparison {
    do {
      let listed = try await gateway.payments(in: period)
      let refunds = try await gateway.refunds(in: period)
      let disputes = try await disputes(in: ReconciliationPeriod(from: period.from - Self.disputeSpan, to: period.to))
      let credited = try await records.credited(in: period)
      let payments = listed + (try await beyond(listed, credited))
      let known = Set(payments.map(\.id))
      let recorded = try await records.payments(
        Array(known.union(refunds.map(\.paymentID) + (disputes ?? []).map(\.paymentID))))
      let recordedRefunds = try await records.refunds(refunds.map(\.id))
      return PaymentComparison(
        payments: payments, refunds: refunds, disputes: disputes ?? [], isMissingDisputes: disputes == nil,
        unknown: credited.filter { !known.contains($0.id) },
        orders: try await records.orders(razorpayIDs: Array(Set(payments.compactMap(\.orderID)))),
        recordedPayments: Dictionary(recorded.map { ($0.id, $0) }) { first, _ in first },
        recordedRefunds: Dictionary(recordedRefunds.map { ($0.id, $0) }) { first, _ in first },
        recordedDisputes: try await records.disputes((disputes ?? []).map(\.id)))
    } catch let error as GatewayError {
      throw .gateway(error)
    } catch {
      throw .ledger(error as? BillingError ?? .unavailable)
    }
  }

  /// Nil if Razorpay does not list disputes for us. Everything else is compared all the same.
  private func disputes(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayDispute]? {
    do { return try await gateway.disputes(in: period) } catch {
      switch error {
      case .refused, .notFound: return nil
      case .unavailable, .credentialsRefused: throw error
      }
    }
  }

  /// A payment begins before it is credited. A payment at the edge of the period is therefore requested by its id.
  private func beyond(
    _ listed: [GatewayPayment], _ credited: [RecordedPayment]
  ) async throws(GatewayError) -> [GatewayPayment] {
    let known = Set(listed.map(\.id))
    var found: [GatewayPayment] = []
    for recorded in credited where !known.contains(recorded.id) {
      do {
        found.append(try await gateway.payment(recorded.id, within: nil))
      } catch {
        // Razorpay has two ways to say that it does not know the payment.
        switch error {
        case .notFound, .refused: continue
        case .unavailable, .credentialsRefused: throw error
        }
      }
    }
    return found
  }
}
