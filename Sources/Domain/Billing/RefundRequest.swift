/// What an operator asks for.
public struct RefundRequest: Sendable, Equatable {
  public let order: OrderID
  /// Nil for the value of the order's unspent time.
  public let amount: Paise?
  /// More than that value may go back.
  public let force: Bool
  public let reason: String?
  public let actor: UserID
  /// The same on each try of the request.
  public let key: String

  public init(order: OrderID, amount: Paise?, force: Bool, reason: String?, actor: UserID, key: String) {
    self.order = order
    self.amount = amount
    self.force = force
    self.reason = reason
    self.actor = actor
    self.key = key
  }
}
