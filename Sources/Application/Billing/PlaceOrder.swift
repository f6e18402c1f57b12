import Domain

/// The row, then Razorpay's order with the row's id as its receipt.
///
/// Whoever repeats a request whose first try failed, or whose owner died, goes on with the same row. Razorpay's order is
/// then looked for by its receipt before another is made.
public struct PlaceOrder: Sendable {
  private let orders: any OrderRepository & OrderCheckQueue
  private let gateway: any PaymentGateway
  private let openLimit: Int
  /// Whose orders need a state; nil where none does.
  private let buyers: (any BuyerProfileReader)?

  /// - Parameter stateFrom: where an order must name the buyer's state, whom to ask for the one that is kept.
  public init(
    orders: any OrderRepository & OrderCheckQueue, gateway: any PaymentGateway, openLimit: Int = 20,
    stateFrom buyers: (any BuyerProfileReader)? = nil
  ) {
    self.orders = orders
    self.gateway = gateway
    self.openLimit = openLimit
    self.buyers = buyers
  }

  public func callAsFunction(_ request: OrderRequest) async throws(BillingError) -> Order {
    if let buyers, request.profile.buyer.state == nil, try await buyers.buyer(of: request.user)?.buyer.state == nil {
      throw .buyerStateMissing
    }
    let placed = try await orders.create(request, openLimit: openLimit)
    if placed.order.razorpayOrderID != nil { return placed.order }
    do {
      var razorpayOrder = placed.isRepeat ? try await made(placed.order) : nil
      if razorpayOrder == nil { razorpayOrder = try await make(placed.order) }
      guard let razorpayOrder else { throw BillingError.unavailable }
      return try await orders.attach(razorpayOrder, to: placed.order.id)
    } catch {
      // Nobody can pay it, so that it counts among nobody's open orders. A repeat, or the reconciler, revives it.
      _ = try? await orders.expire(placed.order)
      throw error as? BillingError ?? .unavailable
    }
  }

  /// Where Razorpay's answer was lost the order is looked for at once.
  private func make(_ order: Order) async throws(BillingError) -> String? {
    do {
      return try await gateway.createOrder(receipt: order.id.description, order.price)
    } catch GatewayError.unavailable(mayHaveActed: true) {
      return try await made(order)
    } catch {
      throw .unavailable
    }
  }

  private func made(_ order: Order) async throws(BillingError) -> String? {
    do { return try await gateway.order(receipt: order.id.description) } catch { throw .unavailable }
  }
}
