import Application
import Domain
import Foundation
import Testing

@Suite("Recording payments", .serialized)
struct PaymentRepositoryContract {
  private let user = UserID(UUID())

  @Test("an order is credited once, however often its payment is captured", arguments: BillingStoreKind.allCases)
  func once(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      for cause: LedgerCause in ["verify", "webhook", "webhook"] {
        let answer = try await store.payments.capture(order.payment("pay_1"), of: order, cause: cause)
        #expect(answer == .credited(balance: .minutes(10)))
      }
      #expect(try await store.wallet(of: user) == Wallet(available: .minutes(10), held: .zero, owed: .zero))
      #expect(try await store.status(of: order) == .paid)
      #expect(try await store.told() == ["payment.captured"])
      #expect(try await store.paymentStatus("pay_1") == "captured")
    }
  }

  @Test(
    "a payment credits the user that owns the order at that time, not the one at the time it was read",
    arguments: BillingStoreKind.allCases)
  func moved(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let (order, failing) = (try await store.placed(by: user), try await store.placed(by: user))
      let other = UserID(UUID())
      for order in [order, failing] { try await store.move(order.id, other) }
      let answer = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(answer == .credited(balance: .minutes(10)))
      try await store.payments.note(failing.payment("pay_2", .failed), of: failing, mismatch: false)
      #expect(try await store.wallet(of: user) == .empty)
      #expect(try await store.wallet(of: other).available == .minutes(10))
      #expect(Set(try await store.toldOf()) == [other.description])
    }
  }

  @Test("sixteen simultaneous reports of a capture credit the payment once", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let order = try await store.placed(by: user)
      let answers = try await race(16) { number in
        try await store.payments.capture(order.payment("pay_1"), of: order, cause: .request("\(number)"))
      }
      #expect(answers == Array(repeating: .credited(balance: .minutes(10)), count: 16))
      #expect(try await store.wallet(of: user).available == .minutes(10))
      #expect(try await store.told() == ["payment.captured"])
    }
  }

  @Test(
    "of sixteen simultaneous payments of one order one is credited, and the others are surplus",
    arguments: BillingStoreKind.allCases)
  func racingPayments(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let order = try await store.placed(by: user)
      let answers = try await race(16) { number in
        try await store.payments.capture(order.payment("pay_\(number)"), of: order, cause: "racer")
      }
      #expect(answers.count(where: { $0 == .credited(balance: .minutes(10)) }) == 1)
      #expect(answers.count(where: { $0 == .surplus }) == 15)
      #expect(try await store.wallet(of: user).available == .minutes(10))
    }
  }

  @Test("sixteen simultaneous orders of one user are sixteen credits", arguments: BillingStoreKind.allCases)
  func racingOrders(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      var orders: [Order] = []
      for _ in 0..<16 { orders.append(try await store.placed(by: user)) }
      let placed = orders
      _ = try await race(16) { number in
        try await store.payments.capture(placed[number].payment("pay_\(number)"), of: placed[number], cause: "racer")
      }
      #expect(try await store.wallet(of: user).available == .minutes(160))
    }
  }

  @Test(
    "a second captured payment is recorded and not credited, and stays surplus", arguments: BillingStoreKind.allCases)
  func surplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      for _ in 0..<2 {
        #expect(try await store.payments.capture(order.payment("pay_2"), of: order, cause: "test") == .surplus)
      }
      #expect(try await store.paymentStatus("pay_2") == "captured")
      let again = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(again == .credited(balance: .minutes(10)))
    }
  }

  @Test("a payment credits one order and no other", arguments: BillingStoreKind.allCases)
  func oneOrder(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let first = try await store.placed(by: user)
      let second = try await store.placed(by: user)
      _ = try await store.payments.capture(first.payment("pay_1"), of: first, cause: "test")
      await #expect(throws: BillingError.self) {
        try await store.payments.capture(second.payment("pay_1"), of: second, cause: "test")
      }
      #expect(try await store.wallet(of: user).available == .minutes(10))
      #expect(try await store.status(of: second) == .created)
    }
  }

  @Test("a failed payment can still succeed", arguments: BillingStoreKind.allCases)
  func failed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      try await store.payments.note(order.payment("pay_1", .failed), of: order, mismatch: false)
      #expect(try await store.status(of: order) == .failed)
      try await store.payments.note(order.payment("pay_1", .authorized), of: order, mismatch: false)
      #expect(try await store.status(of: order) == .authorized)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(try await store.status(of: order) == .paid)
      #expect(try await store.told() == ["payment.failed", "payment.captured"])
    }
  }

  @Test(
    "a report's rank decides and not its arrival: a lower status never replaces a higher one",
    arguments: BillingStoreKind.allCases)
  func rank(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      for status in [GatewayPaymentStatus.failed, .authorized] {
        try await store.payments.note(order.payment("pay_1", status), of: order, mismatch: false)
      }
      try await store.payments.note(order.payment("pay_1"), of: order, mismatch: true)
      #expect(try await store.paymentStatus("pay_1") == "captured")
      #expect(try await store.status(of: order) == .paid)
      #expect(try await store.told() == ["payment.captured"])
    }
  }

  @Test("the same reports lead to the same ledger in any order", arguments: BillingStoreKind.allCases)
  func permutations(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for steps in permutations([GatewayPaymentStatus.failed, .authorized, .captured]) {
        let user = UserID(UUID())
        let order = try await store.placed(by: user)
        let id = "pay_\(UUID())"
        for status in steps {
          if status == .captured {
            _ = try await store.payments.capture(order.payment(id), of: order, cause: "test")
          } else {
            try await store.payments.note(order.payment(id, status), of: order, mismatch: false)
          }
        }
        #expect(try await store.status(of: order) == .paid, "\(steps)")
        #expect(try await store.paymentStatus(id) == "captured", "\(steps)")
        #expect(try await store.wallet(of: user).available == .minutes(10), "\(steps)")
      }
    }
  }

  @Test("another payment's failure does not change a paid order", arguments: BillingStoreKind.allCases)
  func anotherFails(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      try await store.payments.note(order.payment("pay_2", .failed), of: order, mismatch: false)
      #expect(try await store.status(of: order) == .paid)
      #expect(try await store.paymentStatus("pay_2") == "failed")
      #expect(try await store.told() == ["payment.captured"])
    }
  }

  private func race<Answer: Sendable>(
    _ count: Int, _ run: @escaping @Sendable (Int) async throws -> Answer
  ) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 0..<count { group.addTask { try await run(number) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func permutations<Element>(_ items: [Element]) -> [[Element]] {
    guard items.count > 1 else { return [items] }
    return items.indices.flatMap { index in
      var rest = items
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }
}
