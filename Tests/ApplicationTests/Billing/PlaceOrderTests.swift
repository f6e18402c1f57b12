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

  @Test("where the seller must name it, a state is said or known, or nothing is made")
  func state() async throws {
    let place = PlaceOrder(orders: shop.orders, gateway: shop.gateway, stateFrom: shop.orders)
    await #expect(throws: BillingError.buyerStateMissing) {
      try await place(OrderRequest(user: shop.user, packID: "hour"))
    }
    #expect(shop.gateway.calls.isEmpty && shop.orders.all.isEmpty)
    let goa = try Buyer.read(state: "Goa", gstin: nil)
    #expect(try await place(OrderRequest(user: shop.user, packID: "hour", buyer: goa)).buyer == goa)
    #expect(try await place(OrderRequest(user: shop.user, packID: "hour")).buyer == goa)
  }

  @Test("of a pack that is not sold asks Razorpay nothing")
  func unknownPack() async throws {
    await #expect(throws: BillingError.packNotFound) { try await shop.place("forever") }
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
    #expect(row.status == .expired && row.razorpayOrderID == nil)
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

  @Test("a repeat of what failed goes on with the same row, and looks before it makes another order at Razorpay")
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

  @Test("a repeat finds what Razorpay made while its answer was lost twice")
  func foundLater() async throws {
    shop.gateway.loseNextAnswer()
    let request = OrderRequest(user: shop.user, packID: "hour", key: "k1")
    let row = try await shop.orders.create(request, openLimit: 20).order
    _ = try? await shop.gateway.createOrder(receipt: row.id.description, row.price)
    let order = try await shop.placeOrder(request)
    #expect(order.id == row.id && order.razorpayOrderID != nil)
    #expect(shop.gateway.calls.filter { $0 == .createOrder(receipt: row.id.description) }.count == 1)
  }

  @Test("a repeat that cannot look makes nothing")
  func cannotLook() async throws {
    let request = OrderRequest(user: shop.user, packID: "hour", key: "k1")
    let row = try await shop.orders.create(request, openLimit: 20).order
    shop.gateway.fail(with: .credentialsRefused)
    await #expect(throws: BillingError.unavailable) { try await shop.placeOrder(request) }
    #expect(shop.gateway.calls == [.findOrder(receipt: row.id.description)])
  }

  @Test("a user with as many open orders as one may have gets no other, and Razorpay is not asked")
  func tooMany() async throws {
    let place = PlaceOrder(orders: shop.orders, gateway: shop.gateway, openLimit: 2)
    for _ in 0..<2 { _ = try await place(OrderRequest(user: shop.user, packID: "hour")) }
    await #expect(throws: BillingError.tooManyOpenOrders) {
      try await place(OrderRequest(user: shop.user, packID: "hour"))
    }
    #expect(shop.gateway.calls.count == 2)
  }

  @Test("however often Razorpay could not make one, nobody has too many open orders by that")
  func failedOnesDoNotCount() async throws {
    for error in [GatewayError.unavailable(mayHaveActed: true), .unavailable(mayHaveActed: false), .credentialsRefused]
    {
      shop.gateway.fail(with: error)
      for _ in 0..<20 { await #expect(throws: BillingError.unavailable) { try await shop.place() } }
    }
    shop.gateway.fail(with: nil)
    #expect(try await shop.place().status == .created)
  }

  @Test("one that Razorpay made after all is found when it is looked at, and can be paid")
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
