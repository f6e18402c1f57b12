import Application
import Domain
import HTTPTransport

/// The members of Razorpay's payment that are read.
struct RazorpayPaymentResponse: Decodable, Identifiable {
  let id: String
  let order_id: String?
  let status: String
  let amount: Int64
  let currency: String
  let amount_refunded: Int64?
  let fee: LenientlyDecoded<Int64>?
  let fee_bearer: LenientlyDecoded<String>?

  func payment() throws(GatewayError) -> GatewayPayment {
    guard let currency = Currency(currency), let amount = Paise.told(amount),
      let refunded = Paise.told(amount_refunded ?? 0)
    else { throw .unavailable(mayHaveActed: true) }
    return GatewayPayment(
      id: id, orderID: order_id, status: GatewayPaymentStatus(rawValue: status), money: Money(amount, currency),
      refunded: refunded, fee: fee?.value.flatMap { Paise.told($0) }, customerBearsFee: fee_bearer?.value == "customer")
  }
}

/// The members of Razorpay's refund that are read.
struct RazorpayRefundResponse: Decodable, Identifiable {
  let id: String
  let payment_id: String
  let status: String
  let amount: Int64
  let currency: String
  let receipt: String?

  func refund() throws(GatewayError) -> GatewayRefund {
    guard let currency = Currency(currency), let amount = Paise.told(amount) else {
      throw .unavailable(mayHaveActed: true)
    }
    return GatewayRefund(
      id: id, paymentID: payment_id, money: Money(amount, currency), status: GatewayRefund.Status(rawValue: status),
      receipt: receipt)
  }
}

/// The members of Razorpay's dispute that are read.
struct RazorpayDisputeResponse: Decodable, Identifiable {
  let id: String
  let payment_id: String
  let status: String
  let amount: Int64
  let currency: String

  /// Nil for impossible values and for an unknown status.
  func dispute() -> GatewayDispute? {
    guard amount > 0, let amount = Paise.told(amount), let currency = Currency(currency),
      let status = Self.status(status)
    else { return nil }
    return GatewayDispute(id: id, paymentID: payment_id, money: Money(amount, currency), status: status)
  }

  /// The entity says `open` from the beginning, and also while Razorpay requests an answer from us.
  private static func status(_ word: String) -> DisputeStatus? {
    word == "open" ? .created : DisputeStatus(rawValue: word)
  }
}

/// A list that is read item by item: an unreadable item is skipped, and the others are still read.
struct LenientRazorpayList<Item: Decodable>: Decodable {
  let items: [Item]
  /// The skipped items: each item's id, or its place in the list.
  let unreadable: [String]

  private enum CodingKeys: String, CodingKey { case items }

  private struct Named: Decodable { let id: String }

  /// Always decodes, so that reading continues with the next item.
  private struct Attempt: Decodable {
    let item: Item?
    let id: String?

    init(from decoder: any Decoder) throws {
      item = try? Item(from: decoder)
      id = try? Named(from: decoder).id
    }
  }

  init(items: [Item], unreadable: [String]) {
    self.items = items
    self.unreadable = unreadable
  }

  init(from decoder: any Decoder) throws {
    let attempts = try decoder.container(keyedBy: CodingKeys.self).decode([Attempt].self, forKey: .items)
    items = attempts.compactMap(\.item)
    unreadable = zip(0..., attempts).filter { $1.item == nil }.map { place, attempt in attempt.id ?? "item \(place)" }
  }

  /// The number of items, including the skipped ones.
  var count: Int { items.count + unreadable.count }
}

extension LenientRazorpayList<RazorpayPaymentResponse> {
  /// - Parameter passOver: receives the id of a payment with impossible values.
  func payments(_ passOver: (String) -> Void) -> [GatewayPayment] {
    unreadable.forEach(passOver)
    return items.compactMap { item in
      let payment = try? item.payment()
      if payment == nil { passOver(item.id) }
      return payment
    }
  }
}

extension LenientRazorpayList<RazorpayRefundResponse> {
  /// - Parameter passOver: receives the id of a refund with impossible values.
  func refunds(_ passOver: (String) -> Void) -> [GatewayRefund] {
    unreadable.forEach(passOver)
    return items.compactMap { item in
      let refund = try? item.refund()
      if refund == nil { passOver(item.id) }
      return refund
    }
  }
}

extension LenientRazorpayList<RazorpayDisputeResponse> {
  /// - Parameter passOver: receives the id of a dispute with impossible or unknown values.
  func disputes(_ passOver: (String) -> Void) -> [GatewayDispute] {
    unreadable.forEach(passOver)
    return items.compactMap { item in
      let dispute = item.dispute()
      if dispute == nil { passOver(item.id) }
      return dispute
    }
  }
}
