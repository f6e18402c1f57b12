import Domain

/// What somebody wants to buy.
public struct OrderRequest: Sendable, Equatable {
  public let user: UserID
  public let packID: String
  public let profile: BuyerProfile
  /// The request's Idempotency-Key: for a day its repeat means the order that was made for it first.
  public let key: String?

  public init(
    user: UserID, packID: String, buyer: Buyer = .unknown, billTo: BillTo = .unknown, key: String? = nil
  ) {
    self.init(user: user, packID: packID, profile: BuyerProfile(buyer: buyer, billTo: billTo), key: key)
  }

  private init(user: UserID, packID: String, profile: BuyerProfile, key: String?) {
    self.user = user
    self.packID = packID
    self.profile = profile
    self.key = key
  }

  /// With what is kept of the account, where the request says nothing.
  public func completed(by kept: BuyerProfile?) -> OrderRequest {
    OrderRequest(user: user, packID: packID, profile: profile.completed(by: kept), key: key)
  }
}

/// The row of a request.
public struct PlacedOrder: Sendable, Equatable {
  public let order: Order
  /// An earlier try made it, and may have made Razorpay's order too.
  public let isRepeat: Bool

  public init(order: Order, isRepeat: Bool) {
    self.order = order
    self.isRepeat = isRepeat
  }
}

/// Orders whose buyer is not known are nobody's: no method finds them.
public protocol OrderRepository: Sendable {
  /// What is on sale at this moment.
  func packs() async throws(BillingError) -> [Pack]
  /// The row first: its id is Razorpay's receipt. What the request does not say of its buyer is taken from the account,
  /// and what it says is kept with it.
  /// - Parameter openLimit: how many orders that nobody has paid a user may have.
  /// - Throws: `packNotFound` for what is not on sale, `tooManyOpenOrders`, `keyReused`.
  func create(_ request: OrderRequest, openLimit: Int) async throws(BillingError) -> PlacedOrder
  /// The first Razorpay order stays.
  func attach(_ razorpayOrderID: String, to order: OrderID) async throws(BillingError) -> Order
  func order(_ id: OrderID) async throws(BillingError) -> Order?
  func order(razorpayID: String) async throws(BillingError) -> Order?
  /// Newest first.
  func orders(of user: UserID, limit: Int, after: String?) async throws(BillingError) -> (items: [Order], next: String?)
}
