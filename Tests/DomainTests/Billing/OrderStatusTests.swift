import Domain
import Testing

@Suite("An order's status")
struct OrderStatusTests {
  @Test("time was credited for what is paid, and for what happened to it since")
  func paid() {
    let paid = OrderStatus.allCases.filter(\.isPaid)
    #expect(Set(paid) == [.paid, .partiallyRefunded, .refunded, .disputed])
  }

  @Test("a payment may still come for what is not paid, and what nobody has tried to pay is open")
  func open() {
    #expect(
      Set(OrderStatus.allCases.filter(\.awaitsPayment)) == [.creating, .created, .authorized, .failed, .expired])
    #expect(Set(OrderStatus.allCases.filter(\.isOpen)) == [.creating, .created])
  }

  @Test("its words are those of the table")
  func words() {
    #expect(
      Set(OrderStatus.allCases.map(\.rawValue)) == [
        "creating", "created", "authorized", "paid", "failed", "partially_refunded", "refunded", "disputed", "expired",
        "legacy",
      ])
  }
}
