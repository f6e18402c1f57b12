import Domain
import Testing

@Suite("An order's status")
struct OrderStatusTests {
  @Test("a paid order is credited, and so is one that was refunded or disputed since")
  func paid() {
    let paid = OrderStatus.allCases.filter(\.isPaid)
    #expect(Set(paid) == [.paid, .partiallyRefunded, .refunded, .disputed])
  }

  @Test("an order that is not credited can still be paid, and one without an attempt is open")
  func open() {
    #expect(
      Set(OrderStatus.allCases.filter(\.awaitsPayment)) == [.creating, .created, .authorized, .failed, .expired])
    #expect(Set(OrderStatus.allCases.filter(\.isOpen)) == [.creating, .created])
  }

  @Test("the status names are those of the table")
  func words() {
    #expect(
      Set(OrderStatus.allCases.map(\.rawValue)) == [
        "creating", "created", "authorized", "paid", "failed", "partially_refunded", "refunded", "disputed", "expired",
        "legacy",
      ])
  }
}
