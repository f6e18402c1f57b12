import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// Reads Razorpay's webhooks.
public struct RazorpayWebhookReader: PaymentWebhookReader {
  public init() {}

  public func read(_ body: [UInt8]) -> PaymentNotification? {
    guard let event = try? JSONDecoder().decode(RazorpayEvent.self, from: Data(body)) else { return nil }
    return PaymentNotification(type: event.event, content: event.content)
  }

  public func subject(of body: [UInt8]) -> String? {
    let payment = try? JSONDecoder().decode(Subject.self, from: Data(body)).payload.payment.entity
    return (payment?.order_id ?? payment?.id).map { String($0.prefix(64)) }
  }

  private struct Subject: Decodable {
    struct Payload: Decodable { let payment: Wrapped }
    struct Wrapped: Decodable { let entity: Payment }
    struct Payment: Decodable {
      let id: String?
      let order_id: String?
    }
    let payload: Payload
  }
}

/// The members of a webhook's body that are read; the rest may have any form.
private struct RazorpayEvent: Decodable {
  let event: String
  private let payload: Payload?

  private enum CodingKeys: String, CodingKey { case event, payload }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    event = try container.decode(String.self, forKey: .event)
    // An event of another kind may have any payload, and is kept all the same.
    payload = try? container.decode(Payload.self, forKey: .payload)
  }

  var content: PaymentNotification.Content {
    switch event {
    case "payment.captured", "payment.authorized", "payment.failed", "order.paid":
      return payment.map { .payment($0) } ?? .unreadable
    case "refund.created", "refund.processed", "refund.failed":
      guard let payment, let refund = payload?.refund?.entity.refund else { return .unreadable }
      return .refund(refund, of: payment)
    default:
      guard let disputeStatus else { return .other }
      guard let payment, let dispute = payload?.dispute?.entity.dispute(disputeStatus) else { return .unreadable }
      return .dispute(dispute, of: payment)
    }
  }

  private var payment: GatewayPayment? { payload?.payment?.entity.payment }

  /// The status of a dispute by the event's name, since the entity says `open` for several events. Nil for all other
  /// events.
  private var disputeStatus: DisputeStatus? {
    let prefix = "payment.dispute."
    return event.hasPrefix(prefix) ? DisputeStatus(rawValue: String(event.dropFirst(prefix.count))) : nil
  }

  private struct Wrapped<Entity: Decodable>: Decodable { let entity: Entity }

  private struct Payload: Decodable {
    let payment: Wrapped<Payment>?
    let refund: Wrapped<Refund>?
    let dispute: Wrapped<Dispute>?

    private enum CodingKeys: String, CodingKey { case payment, refund, dispute }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      payment = try? container.decode(Wrapped<Payment>.self, forKey: .payment)
      refund = try? container.decode(Wrapped<Refund>.self, forKey: .refund)
      dispute = try? container.decode(Wrapped<Dispute>.self, forKey: .dispute)
    }
  }

  private struct Payment: Decodable {
    let id: String
    let order_id: String?
    let status: String
    let amount: Int64
    let currency: String
    let amount_refunded: Int64?
    let fee: LenientlyDecoded<Int64>?
    let fee_bearer: LenientlyDecoded<String>?

    var payment: GatewayPayment? {
      guard let status = GatewayPaymentStatus(known: status), let currency = Currency(currency),
        let amount = Paise.told(amount), let refunded = Paise.told(amount_refunded ?? 0)
      else { return nil }
      return GatewayPayment(
        id: id, orderID: order_id, status: status, money: Money(amount, currency), refunded: refunded,
        fee: fee?.value.flatMap { Paise.told($0) }, customerBearsFee: fee_bearer?.value == "customer")
    }
  }

  private struct Refund: Decodable {
    let id: String
    let payment_id: String
    let status: String
    let amount: Int64
    let currency: String
    let receipt: String?

    var refund: GatewayRefund? {
      guard amount > 0, let amount = Paise.told(amount), let status = GatewayRefund.Status(known: status),
        let currency = Currency(currency)
      else { return nil }
      return GatewayRefund(
        id: id, paymentID: payment_id, money: Money(amount, currency), status: status, receipt: receipt)
    }
  }

  private struct Dispute: Decodable {
    let id: String
    let payment_id: String
    let amount: Int64
    let currency: String

    func dispute(_ status: DisputeStatus) -> GatewayDispute? {
      guard amount > 0, let amount = Paise.told(amount), let currency = Currency(currency) else { return nil }
      return GatewayDispute(id: id, paymentID: payment_id, money: Money(amount, currency), status: status)
    }
  }
}
