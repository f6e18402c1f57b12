import FoundationEssentials

/// The id of an order: a row of `transactions`, and the receipt that Razorpay stores with its order.
public struct OrderID: Hashable, Sendable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public var description: String { uuid.uuidString.lowercased() }
}
