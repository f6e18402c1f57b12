import Domain
import FoundationEssentials

/// The payload of a task. It names what the task is about; all other data is read when the task runs. Only
/// `NewDeviceMailPayload` has more than identifiers, names of cases, truth values and integers.
public protocol TaskPayload: Codable, Sendable {}

extension TaskPayload {
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // What a payload may have always encodes. An empty object would be read as malformed and make the task fail, which
    // an operator sees.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Nil for a payload of another shape.
  public init?(json: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = value
  }
}

public struct CarePlanPayload: TaskPayload, Equatable {
  public let sessionID: SessionID
  public let conversationID: String?
  public let charged: TalkTime

  public init(_ talk: TalkSettled) {
    sessionID = talk.sessionID
    conversationID = talk.conversationID
    charged = talk.charged
  }

  enum CodingKeys: String, CodingKey {
    case sessionID = "session_id", conversationID = "conversation_id", charged = "charged_ms"
  }
}

public struct CarePlanMailPayload: TaskPayload, Equatable {
  public let sessionID: SessionID
  public init(sessionID: SessionID) { self.sessionID = sessionID }
  enum CodingKeys: String, CodingKey { case sessionID = "session_id" }
}

public struct VerificationMailPayload: TaskPayload, Equatable {
  public let verificationID: String
  public init(verificationID: String) { self.verificationID = verificationID }
  enum CodingKeys: String, CodingKey { case verificationID = "verification_id" }
}

public struct GoogleLinkedMailPayload: TaskPayload, Equatable {
  public let linkID: String
  public init(linkID: String) { self.linkID = linkID }
  enum CodingKeys: String, CodingKey { case linkID = "link_id" }
}

/// The exception among payloads: it has the network and the browser of one sign-in. The row of the device has those of
/// its last refresh, may be gone when the mail is written, and is not the task service's to read.
public struct NewDeviceMailPayload: TaskPayload, Equatable {
  public let deviceID: String
  /// Never a whole address.
  public let network: String?
  /// As the browser sent it, at most 300 characters.
  public let userAgent: String?
  /// In seconds since 1970.
  public let signedInAt: Int64

  public init(_ signIn: NewDeviceSignedIn) {
    deviceID = signIn.deviceID
    network = signIn.network
    userAgent = signIn.userAgent
    signedInAt = signIn.signedInAt
  }

  enum CodingKeys: String, CodingKey {
    case network, deviceID = "device_id", userAgent = "user_agent", signedInAt = "signed_in_at"
  }
}

public struct PasskeyChangedMailPayload: TaskPayload, Equatable {
  public let passkeyID: String
  public let change: PasskeyChange

  public init(_ changed: PasskeyChanged) {
    passkeyID = changed.passkeyID
    change = changed.change
  }

  enum CodingKeys: String, CodingKey { case passkeyID = "passkey_id", change }
}

public struct AccountLinkMailPayload: TaskPayload, Equatable {
  public let linkID: String
  public init(linkID: String) { self.linkID = linkID }
  enum CodingKeys: String, CodingKey { case linkID = "link_id" }
}

public struct PasswordChangedMailPayload: TaskPayload, Equatable {
  public let changeID: String
  public init(changeID: String) { self.changeID = changeID }
  enum CodingKeys: String, CodingKey { case changeID = "change_id" }
}

public struct SecondFactorMailPayload: TaskPayload, Equatable {
  public let changeID: String
  public let isAdded: Bool
  public init(_ change: SecondFactorChanged) {
    changeID = change.changeID
    isAdded = change.isAdded
  }
  enum CodingKeys: String, CodingKey { case changeID = "change_id", isAdded = "is_added" }
}

public struct WaysInRemovedMailPayload: TaskPayload, Equatable {
  public let changeID: String
  public let cause: WaysInRemovalCause
  public let passkeys: Int
  public let authenticatorApp, google: Bool

  public init(_ change: WaysInRemoved) {
    changeID = change.changeID
    cause = change.cause
    passkeys = change.passkeys
    authenticatorApp = change.authenticatorApp
    google = change.google
  }

  enum CodingKeys: String, CodingKey {
    case cause, passkeys, google, changeID = "change_id", authenticatorApp = "authenticator_app"
  }
}

public struct LowBalanceMailPayload: TaskPayload, Equatable {
  /// Nil in an event of the release before.
  public let crossingID: String?
  public init(_ low: TalkTimeLow) { crossingID = low.crossingID }
  enum CodingKeys: String, CodingKey { case crossingID = "crossing_id" }
}

public struct BalanceRecoveredMailPayload: TaskPayload, Equatable {
  /// That of the low balance.
  public let crossingID: String
  public init(crossingID: String) { self.crossingID = crossingID }
  enum CodingKeys: String, CodingKey { case crossingID = "crossing_id" }
}

public struct ConversationErasurePayload: TaskPayload, Equatable {
  public let conversationID: String
  public init(conversationID: String) { self.conversationID = conversationID }
  enum CodingKeys: String, CodingKey { case conversationID = "conversation_id" }
}

public struct ReceiptMailPayload: TaskPayload, Equatable {
  public let orderID: String
  public let paymentID: String
  public let amount: Paise
  public let currency: Currency
  public let talkTime: TalkTime

  public init(_ payment: PaymentCaptured) {
    orderID = payment.orderID
    paymentID = payment.paymentID
    amount = payment.amount
    currency = payment.currency
    talkTime = payment.talkTime
  }

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id", paymentID = "payment_id", amount, currency, talkTime = "talktime_ms"
  }
}

public struct CreditNoteMailPayload: TaskPayload, Equatable {
  public let orderID: String
  public let refundID: String

  public init(orderID: String, refundID: String) {
    self.orderID = orderID
    self.refundID = refundID
  }

  enum CodingKeys: String, CodingKey { case orderID = "order_id", refundID = "refund_id" }
}

public struct PaymentReturnMailPayload: TaskPayload, Equatable {
  public let paymentID: String
  public let refundID: String
  public let amount: Paise
  public let currency: Currency

  public init(_ back: PaymentReturned) {
    paymentID = back.paymentID
    refundID = back.refundID
    amount = back.amount
    currency = back.currency
  }

  enum CodingKeys: String, CodingKey { case paymentID = "payment_id", refundID = "refund_id", amount, currency }
}

public struct DebitNoteMailPayload: TaskPayload, Equatable {
  public let orderID: String
  public let number: DocumentNumber

  public init(orderID: String, number: DocumentNumber) {
    self.orderID = orderID
    self.number = number
  }

  enum CodingKeys: String, CodingKey { case orderID = "order_id", number }
}
