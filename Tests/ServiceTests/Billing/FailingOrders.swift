import Application
import Domain

/// A repository of orders whose calls all fail with this error.
struct FailingOrders: OrderRepository, OrderCheckQueue, BuyerProfileReader {
  var error = BillingError.unavailable

  func packs() async throws(BillingError) -> [Pack] { throw error }
  func create(_ request: OrderRequest, openLimit: Int) async throws(BillingError) -> PlacedOrder { throw error }
  func attach(_ razorpayOrderID: String, to order: OrderID) async throws(BillingError) -> Order { throw error }
  func order(_ id: OrderID) async throws(BillingError) -> Order? { throw error }
  func order(razorpayID: String) async throws(BillingError) -> Order? { throw error }
  func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(BillingError) -> (items: [Order], next: String?) { throw error }
  func claimDue(limit: Int) async throws(BillingError) -> [DueOrder] { throw error }
  func reschedule(at order: OrderID, in distance: Duration?) async throws(BillingError) { throw error }
  func expire(_ order: Order) async throws(BillingError) -> Bool { throw error }
  func buyer(of user: UserID) async throws(BillingError) -> BuyerProfile? { throw error }
}
