/// A wallet after a change in the ledger. A reader accepts the event only if `version` is newer than the one it holds.
public struct WalletChanged: DomainEvent, Equatable {
  public static let type = "wallet.changed"
  public static let context = BoundedContext.billing
  public let userID: UserID
  public let version: Int64
  public let available: TalkTime
  public let frozen: Bool
  public var subject: String { userID.description }
  public init(userID: UserID, version: Int64, available: TalkTime, frozen: Bool) {
    self.userID = userID
    self.version = version
    self.available = available
    self.frozen = frozen
  }
  enum CodingKeys: String, CodingKey {
    case userID = "user_id", version, available = "available_ms", frozen
  }
}

/// Talk time was credited for a captured payment.
public struct PaymentCaptured: DomainEvent, Equatable {
  public static let type = "payment.captured"
  public static let context = BoundedContext.billing
  public let userID: UserID
  /// The `transactions` row.
  public let orderID: String
  public let paymentID: String
  public let amount: Paise
  public let currency: Currency
  public let talkTime: TalkTime
  public var subject: String { orderID }
  public init(
    userID: UserID, orderID: String, paymentID: String, amount: Paise, currency: Currency, talkTime: TalkTime
  ) {
    self.userID = userID
    self.orderID = orderID
    self.paymentID = paymentID
    self.amount = amount
    self.currency = currency
    self.talkTime = talkTime
  }
  enum CodingKeys: String, CodingKey {
    case userID = "user_id", orderID = "order_id", paymentID = "payment_id", amount, currency, talkTime = "talktime_ms"
  }
}

public struct PaymentRefunded: DomainEvent, Equatable {
  public static let type = "payment.refunded"
  public static let context = BoundedContext.billing
  public let userID: UserID
  /// The `transactions` row.
  public let orderID: String
  public let paymentID: String
  /// The `refunds` row.
  public let refundID: String
  public let amount: Paise
  public let currency: Currency
  public var subject: String { orderID }
  public init(
    userID: UserID, orderID: String, paymentID: String, refundID: String, amount: Paise, currency: Currency
  ) {
    self.userID = userID
    self.orderID = orderID
    self.paymentID = paymentID
    self.refundID = refundID
    self.amount = amount
    self.currency = currency
  }
  enum CodingKeys: String, CodingKey {
    case userID = "user_id", orderID = "order_id", paymentID = "payment_id", refundID = "refund_id", amount, currency
  }
}

/// A payment that credited nothing has gone back to its buyer: the second payment of an order, or one of another
/// amount.
public struct PaymentReturned: DomainEvent, Equatable {
  public static let type = "payment.returned"
  public static let context = BoundedContext.billing
  public let userID: UserID
  /// The `transactions` row.
  public let orderID: String
  public let paymentID: String
  /// The `refunds` row.
  public let refundID: String
  public let amount: Paise
  public let currency: Currency
  public var subject: String { orderID }
  public init(
    userID: UserID, orderID: String, paymentID: String, refundID: String, amount: Paise, currency: Currency
  ) {
    self.userID = userID
    self.orderID = orderID
    self.paymentID = paymentID
    self.refundID = refundID
    self.amount = amount
    self.currency = currency
  }
  enum CodingKeys: String, CodingKey {
    case userID = "user_id", orderID = "order_id", paymentID = "payment_id", refundID = "refund_id", amount, currency
  }
}

/// The bank has returned a refund, and a document reverses its credit note.
public struct DebitNoteIssued: DomainEvent, Equatable {
  public static let type = "debit_note.issued"
  public static let context = BoundedContext.billing
  public let userID: UserID
  /// The `transactions` row.
  public let orderID: String
  /// The `refunds` row.
  public let refundID: String
  public let number: DocumentNumber
  public var subject: String { orderID }
  public init(userID: UserID, orderID: String, refundID: String, number: DocumentNumber) {
    self.userID = userID
    self.orderID = orderID
    self.refundID = refundID
    self.number = number
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", orderID = "order_id", refundID = "refund_id", number }
}

public struct PaymentFailed: DomainEvent, Equatable {
  public static let type = "payment.failed"
  public static let context = BoundedContext.billing
  public let userID: UserID
  public let orderID: String
  public let paymentID: String
  public var subject: String { orderID }
  public init(userID: UserID, orderID: String, paymentID: String) {
    self.userID = userID
    self.orderID = orderID
    self.paymentID = paymentID
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", orderID = "order_id", paymentID = "payment_id" }
}
