import Domain

/// Creates the order's row first, then Razorpay's order with the row's id as its receipt.
///
/// A repeat of a request continues with the same row if the first try failed or its process died. Razorpay's order is
/// then looked up by its receipt before another is made.
public struct PlaceOrder: Sendable {
  private let orders: any OrderRepository & OrderCheckQueue
  private let gateway: any PaymentGateway
  private let openLimit: Int
  /// Reads the buyer's profile for orders that need a state; nil if no order needs one.
  private let buyers: (any BuyerProfileReader)?

  /// - Parameter stateFrom: the reader of the account's stored state, if an order must name the buyer's state.
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
      // The order cannot be paid, so that it does not count as an open order. A repeat or the reconciler revives it.
      _ = try? await orders.expire(placed.order)
      throw error as? BillingError ?? .unavailable
    }
  }

  /// If Razorpay's answer was lost, the order is looked up at once.
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
