import Application
import Domain
import Fakes
import Testing

@Suite("Placing an order")
struct PlaceOrderTests {
  let shop = Shop()

  @Test("makes our row first and gives Razorpay its id as the receipt")
  func receipt() async throws {
    let order = try await shop.place()
    #expect(order.status == .created && order.user == shop.user && order.price == Money(Paise(19_900)))
    #expect(order.razorpayOrderID != nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: order.id.description)])
    #expect(shop.orders.all == [order])
  }

  @Test("of a pack that is not sold asks Razorpay nothing")
  func unknownPack() async throws {
    await #expect(throws: BillingError.packNotFound) { try await shop.placeOrder("forever", for: shop.user) }
    #expect(shop.gateway.calls.isEmpty && shop.orders.all.isEmpty)
  }

  @Test("whose answer was lost finds the order by its receipt and makes no second one")
  func lostAnswer() async throws {
    shop.gateway.loseNextAnswer()
    let order = try await shop.place()
    let receipt = order.id.description
    #expect(order.status == .created && order.razorpayOrderID != nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: receipt), .findOrder(receipt: receipt)])
  }

  @Test("gives up after it looked, and leaves a row that nobody can pay")
  func timeout() async throws {
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    await #expect(throws: BillingError.unavailable) { try await shop.place() }
    let row = try #require(shop.orders.all.first)
    let receipt = row.id.description
    #expect(row.status == .creating && row.razorpayOrderID == nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: receipt), .findOrder(receipt: receipt)])
  }

  @Test(
    "does not look for what Razorpay cannot have made",
    arguments: [GatewayError.unavailable(mayHaveActed: false), .refused(code: "BAD_REQUEST_ERROR"), .notFound])
  func neverMade(error: GatewayError) async throws {
    shop.gateway.fail(with: error)
    await #expect(throws: BillingError.unavailable) { try await shop.place() }
    #expect(shop.gateway.calls.count == 1)
  }
}
