import Application
import Domain
import FoundationEssentials
import Synchronization

/// Orders in memory: an order keeps its price, and a Razorpay order belongs to one of ours.
public final class InMemoryOrders: StoresOrders {
  private let offered: [Pack]
  private let clock: FakeClock
  /// Oldest first.
  private let rows = Mutex<[Order]>([])

  /// - Parameter packs: in their order; the default is what the migrations sell.
  public init(packs: [Pack] = InMemoryOrders.firstPacks, clock: FakeClock = FakeClock()) {
    offered = packs
    self.clock = clock
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
  public var all: [Order] { rows.withLock { $0 } }

  public func packs() async throws(BillingError) -> [Pack] { offered }

  public func create(for user: UserID, packID: String) async throws(BillingError) -> Order {
    guard let pack = offered.first(where: { $0.id == packID }) else { throw .packNotFound }
    let order = Order(
      id: OrderID(UUID()), user: user, packID: pack.id, talkTime: pack.talkTime, price: pack.price, status: .creating,
      razorpayOrderID: nil, createdAt: clock.now())
    rows.withLock { $0.append(order) }
    return order
  }

  public func attach(_ razorpayOrderID: String, to id: OrderID) async throws(BillingError) -> Order {
    try rows.withLock { rows throws(BillingError) in
      guard let index = rows.firstIndex(where: { $0.id == id }) else { throw .orderNotFound }
      let row = rows[index]
      if row.razorpayOrderID == nil, rows.contains(where: { $0.razorpayOrderID == razorpayOrderID }) {
        throw .unavailable
      }
      rows[index] = row.with(
        status: row.status == .creating ? .created : row.status,
        razorpayOrderID: row.razorpayOrderID ?? razorpayOrderID)
      return rows[index]
    }
  }

  public func order(_ id: OrderID) async throws(BillingError) -> Order? {
    rows.withLock { $0.first { $0.id == id } }
  }

  public func order(razorpayID: String) async throws(BillingError) -> Order? {
    rows.withLock { $0.first { $0.razorpayOrderID == razorpayID } }
  }

  public func orders(
    of user: UserID, limit: Int, after: String?
  ) async throws(BillingError) -> (items: [Order], next: String?) {
    var own = Array(rows.withLock { $0.filter { $0.user == user } }.reversed())
    if let cursor = after.flatMap(OrderID.init) {
      own = own.firstIndex { $0.id == cursor }.map { Array(own[($0 + 1)...]) } ?? []
    }
    let page = Array(own.prefix(limit))
    return (page, own.count > limit ? page.last?.id.description : nil)
  }

  func setStatus(_ status: OrderStatus, of id: OrderID) {
    rows.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.id == id }) else { return }
      rows[index] = rows[index].with(status: status, razorpayOrderID: rows[index].razorpayOrderID)
    }
  }
}

extension Order {
  fileprivate func with(status: OrderStatus, razorpayOrderID: String?) -> Order {
    Order(
      id: id, user: user, packID: packID, talkTime: talkTime, price: price, status: status,
      razorpayOrderID: razorpayOrderID, createdAt: createdAt)
  }
}
