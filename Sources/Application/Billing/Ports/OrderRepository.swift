import Domain

/// A user's request to buy a pack.
public struct OrderRequest: Sendable, Equatable {
  public let user: UserID
  public let packID: String
  public let profile: BuyerProfile
  /// The request's Idempotency-Key: for a day a repeat gets the order that was made first.
  public let key: String?

  public init(
    user: UserID, packID: String, buyer: BuyerTaxDetails = .unknown, billTo: DocumentBillTo = .unknown,
    key: String? = nil
  ) {
    self.init(user: user, packID: packID, profile: BuyerProfile(buyer: buyer, billTo: billTo), key: key)
  }

  private init(user: UserID, packID: String, profile: BuyerProfile, key: String?) {
    self.user = user
    self.packID = packID
    self.profile = profile
    self.key = key
  }

  /// The request with missing values filled from the account's stored profile.
  public func completed(by kept: BuyerProfile?) -> OrderRequest {
    OrderRequest(user: user, packID: packID, profile: profile.completed(by: kept), key: key)
  }
}

/// The stored order of a request.
public struct PlacedOrder: Sendable, Equatable {
  public let order: Order
  /// Whether an earlier try made the row. It may have made Razorpay's order too.
  public let isRepeat: Bool

  public init(order: Order, isRepeat: Bool) {
    self.order = order
    self.isRepeat = isRepeat
  }
}

/// The store of orders. No method finds an order whose buyer is not known.
public protocol OrderRepository: Sendable {
  /// The packs that are on sale now.
  func packs() async throws(BillingError) -> [Pack]
  /// Creates the row first: its id is Razorpay's receipt. Buyer details that the request lacks are taken from the
  /// account, and details that it has are stored there.
  /// - Parameter openLimit: how many unpaid orders a user may have.
  /// - Throws: `packNotFound` for a pack that is not on sale, `tooManyOpenOrders`, `keyReused`.
  func create(_ request: OrderRequest, openLimit: Int) async throws(BillingError) -> PlacedOrder
  /// Stores Razorpay's id of the order. An id that is already stored stays.
  func attach(_ razorpayOrderID: String, to order: OrderID) async throws(BillingError) -> Order
  func order(_ id: OrderID) async throws(BillingError) -> Order?
  func order(razorpayID: String) async throws(BillingError) -> Order?
  /// Newest first.
  func orders(of user: UserID, limit: Int, after: String?) async throws(BillingError) -> (items: [Order], next: String?)
}
