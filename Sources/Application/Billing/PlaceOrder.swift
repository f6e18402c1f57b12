import Domain

/// The row, then Razorpay's order with the row's id as its receipt.
public struct PlaceOrder: Sendable {
  private let orders: any StoresOrders
  private let gateway: any PaymentGateway

  public init(orders: any StoresOrders, gateway: any PaymentGateway) {
    self.orders = orders
    self.gateway = gateway
  }

  public func callAsFunction(_ packID: String, for user: UserID) async throws(BillingError) -> Order {
    let order = try await orders.create(for: user, packID: packID)
    return try await orders.attach(try await razorpayOrder(order), to: order.id)
  }

  /// Where Razorpay's answer was lost the order is looked for before another is made.
  private func razorpayOrder(_ order: Order) async throws(BillingError) -> String {
    do {
      return try await gateway.createOrder(receipt: order.id.description, order.price)
    } catch GatewayError.unavailable(mayHaveActed: true) {
      if let made = try? await gateway.order(receipt: order.id.description) { return made }
      throw .unavailable
    } catch {
      throw .unavailable
    }
  }
}
