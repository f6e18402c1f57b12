/// A refund as Razorpay's record has it.
public struct GatewayRefund: Sendable, Equatable {
  public enum Status: RawRepresentable, Sendable, Equatable {
    case pending, processed, failed
    /// A word that we do not know: the refund counts as under way, and an operator hears of it.
    case unknown(String)

    public static let known: [Status] = [.pending, .processed, .failed]

    public init(rawValue: String) { self = Status(known: rawValue) ?? .unknown(rawValue) }

    /// Nil for a word that we do not know.
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
  /// What we gave it when we asked for it; absent where Razorpay's dashboard did.
  public let receipt: String?

  public init(id: String, paymentID: String, money: Money, status: Status, receipt: String?) {
    self.id = id
    self.paymentID = paymentID
    self.money = money
    self.status = status
    self.receipt = receipt
  }
}
