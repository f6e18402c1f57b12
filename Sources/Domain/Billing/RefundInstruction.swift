/// An operator's request for a refund.
public struct RefundInstruction: Sendable, Equatable {
  public let order: OrderID
  /// Nil for the value of the order's unspent time.
  public let amount: Paise?
  /// Whether more than that value may be refunded.
  public let force: Bool
  public let reason: String?
  public let actor: UserID
  /// The key that each repetition of the request carries.
  public let key: String
  /// What the actor may refund in a day of UTC; nil for no cap.
  public let dailyCap: Paise?

  public init(
    order: OrderID, amount: Paise?, force: Bool, reason: String?, actor: UserID, key: String, dailyCap: Paise? = nil
  ) {
    self.order = order
    self.amount = amount
    self.force = force
    self.reason = reason
    self.actor = actor
    self.key = key
    self.dailyCap = dailyCap
  }
}
