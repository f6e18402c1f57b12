/// A refund in Razorpay's record.
public struct GatewayRefund: Sendable, Equatable {
  public enum Status: RawRepresentable, Sendable, Equatable {
    case pending, processed, failed
    /// A status that this build does not know. The refund counts as under way, and an operator is informed.
    case unknown(String)

    public static let known: [Status] = [.pending, .processed, .failed]

    public init(rawValue: String) { self = Status(known: rawValue) ?? .unknown(rawValue) }

    /// Nil for an unknown status.
    public init?(known word: String) {
      guard let status = Self.known.first(where: { $0.rawValue == word }) else { return nil }
      self = status
    }

    public var rawValue: String {
      switch self {
      case .pending: "pending"
      case .processed: "processed"
      case .failed: "failed"
      case .unknown(let word): word
      }
    }
  }

  public let id: String
  public let paymentID: String
  public let money: Money
  public let status: Status
  /// The receipt that this system sent with its request; nil for a refund that Razorpay's dashboard made.
  public let receipt: String?

  public init(id: String, paymentID: String, money: Money, status: Status, receipt: String?) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
    self.receipt = receipt
  }
}
