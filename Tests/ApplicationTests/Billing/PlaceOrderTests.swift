import Application
import Domain
import Fakes
import Testing

@Suite("Placing an order")
struct PlaceOrderTests {
  let shop = Shop()

  @Test("an order's row is made first, and Razorpay gets its id as the receipt")
  func receipt() async throws {
    let order = try await shop.place()
    #expect(order.status == .created && order.user == shop.user && order.price == Money(Paise(19_900)))
    #expect(order.razorpayOrderID != nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: order.id.description)])
    #expect(shop.orders.all == [order])
  }

  @Test("if the seller needs the buyer's state, an order needs a given or known state, or nothing is made")
  func state() async throws {
    let place = PlaceOrder(orders: shop.orders, gateway: shop.gateway, stateFrom: shop.orders)
    await #expect(throws: BillingError.buyerStateMissing) {
      try await place(OrderRequest(user: shop.user, packID: "hour"))
    }
    #expect(shop.gateway.calls.isEmpty && shop.orders.all.isEmpty)
    let goa = try BuyerTaxDetails.read(state: "Goa", gstin: nil)
    #expect(try await place(OrderRequest(user: shop.user, packID: "hour", buyer: goa)).buyer == goa)
    #expect(try await place(OrderRequest(user: shop.user, packID: "hour")).buyer == goa)
  }

  @Test("an order of a pack that is not on sale sends no request to Razorpay")
  func unknownPack() async throws {
    await #expect(throws: BillingError.packNotFound) { try await shop.place("forever") }
    #expect(shop.gateway.calls.isEmpty && shop.orders.all.isEmpty)
  }

  @Test("an order whose answer was lost is found at Razorpay by its receipt, and no second one is made")
  func lostAnswer() async throws {
    shop.gateway.loseNextAnswer()
    let order = try await shop.place()
    let receipt = order.id.description
    #expect(order.status == .created && order.razorpayOrderID != nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: receipt), .findOrder(receipt: receipt)])
  }

  @Test("an order that cannot be made or found at Razorpay fails, and leaves a row that cannot be paid")
  func timeout() async throws {
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    await #expect(throws: BillingError.unavailable) { try await shop.place() }
    let row = try #require(shop.orders.all.first)
    let receipt = row.id.description
    #expect(row.status == .expired && row.razorpayOrderID == nil)
    #expect(shop.gateway.calls == [.createOrder(receipt: receipt), .findOrder(receipt: receipt)])
  }

  @Test(
    "no search follows an error after which Razorpay cannot have made an order",
    arguments: [GatewayError.unavailable(mayHaveActed: false), .refused(code: "BAD_REQUEST_ERROR"), .notFound])
  func neverMade(error: GatewayError) async throws {
    shop.gateway.fail(with: error)
    await #expect(throws: BillingError.unavailable) { try await shop.place() }
    #expect(shop.gateway.calls.count == 1)
  }

  @Test("a repeat of a failed order continues with the same row, and searches before it makes a Razorpay order")
  func repeated() async throws {
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    await #expect(throws: BillingError.unavailable) { try await shop.place("ten-minutes", key: "k1") }
    shop.gateway.fail(with: nil)
    let order = try await shop.place("ten-minutes", key: "k1")
    let receipt = order.id.description
    #expect(shop.orders.all == [order] && order.status == .created)
    #expect(
      shop.gateway.calls == [
        .createOrder(receipt: receipt), .findOrder(receipt: receipt), .findOrder(receipt: receipt),
        .createOrder(receipt: receipt),
      ])
    #expect(try await shop.place("ten-minutes", key: "k1") == order)
    #expect(shop.gateway.calls.count == 4)
  }

  @Test("a repeat finds the order that Razorpay made while its answer was lost twice")
  func foundLater() async throws {
    shop.gateway.loseNextAnswer()
    let request = OrderRequest(user: shop.user, packID: "hour", key: "k1")
    let row = try await shop.orders.create(request, openLimit: 20).order
    _ = try? await shop.gateway.createOrder(receipt: row.id.description, row.price)
    let order = try await shop.placeOrder(request)
    #expect(order.id == row.id && order.razorpayOrderID != nil)
    #expect(shop.gateway.calls.filter { $0 == .createOrder(receipt: row.id.description) }.count == 1)
  }

  @Test("a repeat that cannot search makes nothing")
  func cannotLook() async throws {
    let request = OrderRequest(user: shop.user, packID: "hour", key: "k1")
    let row = try await shop.orders.create(request, openLimit: 20).order
    shop.gateway.fail(with: .credentialsRefused)
    await #expect(throws: BillingError.unavailable) { try await shop.placeOrder(request) }
    #expect(shop.gateway.calls == [.findOrder(receipt: row.id.description)])
  }

  @Test("a user with the maximal number of open orders gets no other, and no request goes to Razorpay")
  func tooMany() async throws {
    let place = PlaceOrder(orders: shop.orders, gateway: shop.gateway, openLimit: 2)
    for _ in 0..<2 { _ = try await place(OrderRequest(user: shop.user, packID: "hour")) }
    await #expect(throws: BillingError.tooManyOpenOrders) {
      try await place(OrderRequest(user: shop.user, packID: "hour"))
    }
    #expect(shop.gateway.calls.count == 2)
  }

  @Test("orders that Razorpay failed to make do not count as open orders")
  func failedOnesDoNotCount() async throws {
    for error in [GatewayError.unavailable(mayHaveActed: true), .unavailable(mayHaveActed: false), .credentialsRefused]
    {
      shop.gateway.fail(with: error)
      for _ in 0..<20 { await #expect(throws: BillingError.unavailable) { try await shop.place() } }
    }
    shop.gateway.fail(with: nil)
    #expect(try await shop.place().status == .created)
  }

  @Test("an order that Razorpay made after all is found by its check, and can be paid")
  func madeAfterAll() async throws {
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    await #expect(throws: BillingError.unavailable) { try await shop.place() }
    shop.gateway.fail(with: nil)
    let row = try #require(shop.orders.all.first)
    _ = try await shop.gateway.createOrder(receipt: row.id.description, row.price)
    shop.clock.advance(.seconds(900))
    let due = try #require(try await shop.orders.claimDue(limit: 1).first)
    #expect(try await shop.reconcile(due) == .waiting)
    #expect(try await shop.status(row) == .created)
  }
}
