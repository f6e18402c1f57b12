import Application
import Domain
import FoundationEssentials
import Synchronization

/// Orders in memory. An order keeps its price, a Razorpay order belongs to one order here, and a key to one order of a
/// user. The buyer's details of an order are kept for the next one.
public final class InMemoryOrderRepository: OrderRepository, OrderCheckQueue, BuyerProfileReader {
  struct Row {
    var order: Order
    var key: String?
    var checkAt: Date?
    var checks = 0
    var isPaid = false
    var disputes: [OrderDispute] = []
  }

  struct RefundRow {
    var refund: OrderRefund
    var tryAt: Date?
    let since: Date
  }

  private let offered: [Pack]
  let clock: FakeClock
  private let schedule: OrderCheckSchedule
  /// Oldest first.
  let rows = Mutex<[Row]>([])
  let payments = Mutex<[OrderPayment]>([])
  /// The refunds of all orders, in the order in which they were recorded.
  let refunds = Mutex<[RefundRow]>([])
  let events = Mutex<[any DomainEvent]>([])
  private let buyers = Mutex<[UserID: BuyerProfile]>([:])

  /// - Parameter packs: in their order; the default is the packs of the migrations.
  public init(
    packs: [Pack] = InMemoryOrderRepository.firstPacks, clock: FakeClock = FakeClock(),
    schedule: OrderCheckSchedule = .standard
  ) {
    offered = packs
    self.clock = clock
    self.schedule = schedule
  }

  public static let firstPacks = [
    Pack(
      id: "ten-minutes", version: 1, name: "Ten minutes", talkTime: .minutes(10), price: Money(Paise(19_900)),
      taxRate: .standard),
    Pack(
      id: "half-hour", version: 1, name: "Half an hour", talkTime: .minutes(30), price: Money(Paise(49_900)),
      taxRate: .standard),
    Pack(
      id: "hour", version: 1, name: "One hour", talkTime: .minutes(60), price: Money(Paise(89_900)),
      taxRate: .standard),
  ]

  /// Every order, oldest first.
  public var all: [Order] { rows.withLock { $0.map(\.order) } }

  public func packs() async throws(BillingError) -> [Pack] { offered }

  public func create(_ request: OrderRequest, openLimit: Int) async throws(BillingError) -> PlacedOrder {
    let now = clock.now()
    return try rows.withLock { rows throws(BillingError) in
      let isRepeat = { (row: Row) in
        row.order.user == request.user && row.key != nil && row.key == request.key
          && row.order.createdAt > now - Order.keyLife.seconds
      }
      if let made = rows.first(where: isRepeat)?.order {
        guard made.packID == request.packID, request.profile.buyer.isSaid(in: made.buyer) else {
          throw .keyReused
        }
        return PlacedOrder(order: made, isRepeat: true)
      }
      guard rows.count(where: { $0.order.user == request.user && $0.order.status.isOpen }) < openLimit else {
        throw .tooManyOpenOrders
      }
      guard let pack = offered.first(where: { $0.id == request.packID }) else { throw .packNotFound }
      let completed = request.completed(by: buyers.withLock { $0[request.user] })
      if request.profile.isKnown { buyers.withLock { $0[request.user] = completed.profile } }
      let order = Order(
        id: OrderID(UUID()), user: request.user, packID: pack.id, talkTime: pack.talkTime, price: pack.price,
        taxRate: pack.taxRate, buyer: completed.profile.buyer, status: .creating, razorpayOrderID: nil, createdAt: now)
      rows.append(Row(order: order, key: request.key, checkAt: now + schedule.first.seconds))
      return PlacedOrder(order: order, isRepeat: false)
    }
  }

  public func buyer(of user: UserID) async throws(BillingError) -> BuyerProfile? { buyers.withLock { $0[user] } }

  public func attach(_ razorpayOrderID: String, to id: OrderID) async throws(BillingError) -> Order {
    let checkAt = clock.now() + schedule.first.seconds
    return try rows.withLock { rows throws(BillingError) in
      guard let index = rows.firstIndex(where: { $0.order.id == id }) else { throw .orderNotFound }
      let order = rows[index].order
      guard order.razorpayOrderID == nil else { return order }
      guard !rows.contains(where: { $0.order.razorpayOrderID == razorpayOrderID }) else { throw .unavailable }
      rows[index].order = order.with(
        status: OrderStatus.attaching.contains(order.status) ? .created : order.status,
        razorpayOrderID: razorpayOrderID)
      rows[index].checkAt = checkAt
      return rows[index].order
    }
  }

  public func order(_ id: OrderID) async throws(BillingError) -> Order? { all.first { $0.id == id } }

  public func order(razorpayID: String) async throws(BillingError) -> Order? {
    all.first { $0.razorpayOrderID == razorpayID }
  }

  public func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(BillingError) -> (items: [Order], next: String?) {
    var own = Array(all.filter { $0.user == user }.reversed())
    if let cursor = after.flatMap(OrderID.init) {
      own = own.firstIndex { $0.id == cursor }.map { Array(own[($0 + 1)...]) } ?? []
    }
    let page = Array(own.prefix(limit))
    return (page, own.count > limit ? page.last?.id.description : nil)
  }

  public func claimDue(limit: Int) async throws(BillingError) -> [DueOrder] {
    let now = clock.now()
    return rows.withLock { rows in
      let due = rows.indices.filter { rows[$0].checkAt.map { $0 <= now } ?? false }
      return due.prefix(limit).map { index in
        rows[index].checks += 1
        rows[index].checkAt = now + OrderCheckSchedule.claim.seconds
        let age = now.timeIntervalSince(rows[index].order.createdAt)
        return DueOrder(order: rows[index].order, age: .milliseconds(Int64(age * 1_000)))
      }
    }
  }

  public func reschedule(at id: OrderID, in distance: Duration?) async throws(BillingError) {
    let now = clock.now()
    rows.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.order.id == id }) else { return }
      rows[index].checkAt = distance.map { now + $0.seconds }
    }
  }

  public func expire(_ order: Order) async throws(BillingError) -> Bool {
    rows.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.order.id == order.id }),
        OrderStatus.expiring.contains(rows[index].order.status),
        rows[index].order.razorpayOrderID == order.razorpayOrderID
      else { return false }
      rows[index].order = rows[index].order.with(status: .expired, razorpayOrderID: order.razorpayOrderID)
      return true
    }
  }

  /// Moves an order to another user, as a merge of two accounts does.
  public func move(_ id: OrderID, to user: UserID) {
    rows.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.order.id == id }) else { return }
      let order = rows[index].order
      rows[index].order = Order(
        id: id, user: user, packID: order.packID, talkTime: order.talkTime, price: order.price,
        taxRate: order.taxRate, buyer: order.buyer, status: order.status, razorpayOrderID: order.razorpayOrderID,
        createdAt: order.createdAt)
    }
  }
}

extension OrderRepository {
  /// Makes an order without a key, which most tests need.
  public func create(for user: UserID, packID: String) async throws(BillingError) -> Order {
    try await create(OrderRequest(user: user, packID: packID), openLimit: 100).order
  }
}

extension Order {
  fileprivate func with(status: OrderStatus, razorpayOrderID: String?) -> Order {
    Order(
      id: id, user: user, packID: packID, talkTime: talkTime, price: price, taxRate: taxRate, buyer: buyer,
      status: status, razorpayOrderID: razorpayOrderID, createdAt: createdAt)
  }
}
