import Domain
import FoundationEssentials

/// What of a webhook's body we read; the rest may look as it likes.
struct RazorpayEvent: Decodable {
  let event: String
  private let payload: Payload?

  private enum CodingKeys: String, CodingKey { case event, payload }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    event = try container.decode(String.self, forKey: .event)
    // An event of another kind may have anything here, and is kept all the same.
    payload = try? container.decode(Payload.self, forKey: .payload)
  }

  var payment: GatewayPayment? { payload?.payment?.entity.payment }
  var refund: GatewayRefund? { payload?.refund?.entity.refund }

  /// Where a dispute is, by the event's name: the entity says `open` for several of them. Nil for all other events.
  var disputeStatus: DisputeStatus? {
    let prefix = "payment.dispute."
    return event.hasPrefix(prefix) ? DisputeStatus(rawValue: String(event.dropFirst(prefix.count))) : nil
  }

  var dispute: GatewayDispute? { disputeStatus.flatMap { payload?.dispute?.entity.dispute($0) } }

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
      guard let status = GatewayStatus(known: status), let currency = Currency(currency),
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

/// What a webhook is about, as far as its body tells.
public struct WebhookSubject: Sendable, Equatable {
  /// Razorpay's id of the order, else of the payment; nil where it names neither.
  public let text: String?

  /// - Parameter body: as Razorpay sent it; anything may be in it.
  public init(of body: [UInt8]) {
    let payment = try? JSONDecoder().decode(Event.self, from: Data(body)).payload.payment.entity
    text = (payment?.order_id ?? payment?.id).map { String($0.prefix(64)) }
  }

  private struct Event: Decodable {
    struct Payload: Decodable { let payment: Wrapped }
    struct Wrapped: Decodable { let entity: Payment }
    struct Payment: Decodable {
      let id: String?
      let order_id: String?
    }
    let payload: Payload
  }
}
