import Application
import Domain
import Foundation
import Testing

/// An order of the suite: ten minutes (600,000 ms) for 19,900 paise.
@Suite("Refunds", .serialized)
struct RefundRepositoryContract {
  private typealias Stand = RefundStage.Stand

  // MARK: refunds that an operator requests

  @Test("a refund without an amount is of the value of the unused talk time", arguments: BillingStoreKind.allCases)
  func unspent(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      let refund = try await stage.request()
      #expect(refund.money == Money(Paise(11_940)))
      #expect(refund.talkTime == .minutes(6))
      #expect(refund.status == .requested && refund.origin == .operator && refund.razorpayID == nil)
      #expect(refund.paymentID == stage.payment && refund.order == stage.order.id)
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
    }
  }

  @Test(
    "a refund of more than the unused talk time needs force, and the difference is owed",
    arguments: BillingStoreKind.allCases)
  func force(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      await #expect(throws: BillingError.refundExceedsUnspent(value: Paise(11_940))) {
        try await stage.request(11_941)
      }
      #expect(try await stage.stand() == Stand(available: 360_000, held: 240_000, .paid))
      let refund = try await stage.request(19_900, force: true)
      #expect(refund.talkTime == .minutes(10))
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
      try await stage.steps(.processed, refund)
      #expect(try await stage.stand() == Stand(held: 240_000, owed: 240_000, .refunded))
    }
  }

  @Test("the next purchase pays the owed talk time", arguments: BillingStoreKind.allCases)
  func owed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      try await stage.steps(.processed, try await stage.request(19_900, force: true))
      let next = try await RefundStage.paid(store, by: stage.user)
      #expect(try await next.stand() == Stand(available: 360_000, held: 240_000, .paid))
      // Time that paid another order's debt counts as used.
      #expect(try await next.request().money.amount == Paise(11_940))
    }
  }

  @Test("all refunds of an order together never exceed what was paid", arguments: BillingStoreKind.allCases)
  func bounded(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      await #expect(throws: BillingError.refundExceedsPayment(left: Paise(19_900))) {
        try await stage.request(19_901, force: true)
      }
      _ = try await stage.request(10_000)
      await #expect(throws: BillingError.refundExceedsPayment(left: Paise(9_900))) {
        try await stage.request(9_901, force: true)
      }
      _ = try await stage.request()
      for amount in [nil, 100] as [Int64?] {
        await #expect(throws: BillingError.nothingToRefund) { try await stage.request(amount, force: true) }
      }
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
    }
  }

  @Test("there is nothing to refund of less than a rupee", arguments: BillingStoreKind.allCases)
  func least(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      // 100 paise are worth 3,015.07… ms, so this rest is worth 99 paise.
      try await stage.talk(.milliseconds(600_000 - 3_015))
      await #expect(throws: BillingError.nothingToRefund) { try await stage.request() }
      let other = try await RefundStage.paid(store)
      try await other.talk(.milliseconds(600_000 - 3_016))
      #expect(try await other.request().money.amount == Paise(100))
    }
  }

  @Test("an unpaid order and an order that does not exist cannot be refunded", arguments: BillingStoreKind.allCases)
  func refused(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store)
      await #expect(throws: BillingError.notRefundable) { try await stage.request() }
      try await store.payments.note(stage.order.payment(stage.payment, .failed), of: stage.order, mismatch: false)
      await #expect(throws: BillingError.notRefundable) { try await stage.request(100, force: true) }
      await #expect(throws: BillingError.orderNotFound) {
        try await store.refunds.request(
          RefundInstruction(
            order: OrderID(UUID()), amount: nil, force: false, reason: nil, actor: stage.user, key: "key"))
      }
    }
  }

  @Test(
    "of many refunds at once only as many are stored as an operator's cap allows", arguments: BillingStoreKind.allCases)
  func capped(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let made = try await Self.race(8) { number in try? await stage.request(1_990, key: "\(number)", cap: 5_970) }
      #expect(made.compactMap(\.self).count == 3)
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 3)
      await #expect(throws: BillingError.dailyCapReached) { try await stage.request(1_990, key: "more", cap: 5_970) }
      // Nothing of a refused one is set aside, and without a cap it succeeds.
      #expect(try await stage.stand().wallet.held == .seconds(180))
      _ = try await stage.request(1_990, key: "more")
    }
  }

  @Test("the same key of an order is the same refund", arguments: BillingStoreKind.allCases)
  func sameKey(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let ids = try await Self.race(16) { _ in try await stage.request(9_950, key: "once").id }
      #expect(Set(ids).count == 1)
      #expect(try await stage.stand() == Stand(available: 300_000, held: 300_000, .paid))
      #expect(try await stage.request(9_950, key: "twice").id != ids.first)
      let other = try await RefundStage.paid(store, by: stage.user)
      #expect(try await other.request(9_950, key: "once").order == other.order.id)
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 2)
    }
  }

  @Test("sixteen simultaneous refunds send back what was paid and no more", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let made = try await Self.race(16) { _ in try? await stage.request(1_990) }
      let stand = made.compactMap(\.self)
      try #require(stand.count == 10)
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
      _ = try await Self.race(10) { number in
        try await stage.steps(.processed, stand[number])
      }
      #expect(try await stage.stand() == Stand(.refunded))
    }
  }

  // MARK: the further states of a refund

  @Test("a pending refund holds the talk time, and a processed one takes it", arguments: BillingStoreKind.allCases)
  func processed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let refund = try await stage.request(9_950)
      let pending = try await stage.steps(.pending, refund)
      #expect(pending.id == refund.id && pending.status == .pending && pending.razorpayID == "rfnd_\(refund.id)")
      #expect(try await stage.stand() == Stand(available: 300_000, held: 300_000, .paid))
      for _ in 0..<2 { #expect(try await stage.steps(.processed, refund).status == .processed) }
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
      // An outdated report is ignored.
      #expect(try await stage.steps(.pending, refund).status == .processed)
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
    }
  }

  @Test("a failed refund gives back the talk time and the refundable amount", arguments: BillingStoreKind.allCases)
  func failed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let refund = try await stage.request()
      try await stage.steps(.pending, refund)
      for status in [GatewayRefund.Status.failed, .failed, .processed, .pending] {
        #expect(try await stage.steps(status, refund).status == .failed)
        #expect(try await stage.stand() == Stand(available: 600_000, .paid))
      }
      #expect(try await stage.request().money.amount == Paise(19_900))
    }
  }

  @Test("a bank may reverse a processed refund", arguments: BillingStoreKind.allCases)
  func returned(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      let refund = try await stage.request(19_900, force: true)
      try await stage.steps(.processed, refund)
      #expect(try await stage.stand() == Stand(held: 240_000, owed: 240_000, .refunded))
      try await stage.steps(.failed, refund)
      #expect(try await stage.stand() == Stand(available: 360_000, held: 240_000, .paid))
    }
  }

  @Test(
    "a refund that Razorpay refuses has failed, unless Razorpay has it after all", arguments: BillingStoreKind.allCases)
  func refusedForGood(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let refund = try await stage.request(9_950)
      for _ in 0..<2 { #expect(try await store.refunds.refuse(refund.id, cause: "test").status == .failed) }
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
      let known = try await stage.request(9_950)
      try await stage.steps(.processed, known)
      #expect(try await store.refunds.refuse(known.id, cause: "test").status == .processed)
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
    }
  }

  @Test("of partial refunds the last one takes the rest to the millisecond", arguments: BillingStoreKind.allCases)
  func parts(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      for amount: Int64 in [6_633, 6_633, 6_634] {
        try await stage.steps(.processed, try await stage.request(amount, force: true))
      }
      #expect(try await stage.stand() == Stand(.refunded))
      let taken = try await store.refunds.refunds(of: stage.order.id).compactMap(\.talkTime)
      #expect(taken == [199_989, 199_990, 200_021].map { .milliseconds($0) })
    }
  }

  @Test("after one refund fails, the shares of the others are computed again", arguments: BillingStoreKind.allCases)
  func reconciled(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let first = try await stage.request(6_633)
      let second = try await stage.request(6_633)
      let third = try await stage.request(6_633)
      try await stage.steps(.processed, second)
      try await stage.steps(.pending, third)
      try await stage.steps(.failed, first)
      #expect(
        try await store.refunds.refunds(of: stage.order.id).filter { $0.status != .failed }.map(\.talkTime)
          == [.milliseconds(199_989), .milliseconds(199_990)])
      try await stage.steps(.processed, third)
      #expect(try await stage.stand() == Stand(available: 600_000 - 399_979, .partiallyRefunded))
    }
  }

  // MARK: refunds that this system did not request

  @Test("a refund from the dashboard takes its talk time, once", arguments: BillingStoreKind.allCases)
  func dashboard(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      for status in [GatewayRefund.Status.pending, .processed, .processed, .pending] {
        try await stage.dashboard(status, 9_950, id: "rfnd")
      }
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
      let refunds = try await store.refunds.refunds(of: stage.order.id)
      #expect(refunds.map(\.origin) == [.razorpay] && refunds.map(\.status) == [.processed])
    }
  }

  @Test("reports of refunds lead to the same ledger in any order", arguments: BillingStoreKind.allCases)
  func permutations(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      typealias Step = @Sendable (RefundStage) async throws -> Void
      let steps: [(String, Step)] = [
        ("captured", { try await $0.pay() }),
        ("pending", { try await $0.dashboard(.pending, 9_950, id: "a") }),
        ("processed", { try await $0.dashboard(.processed, 9_950, id: "a") }),
        ("failed", { try await $0.dashboard(.failed, 9_949, id: "b") }),
        ("another", { try await $0.dashboard(.processed, 4_975, id: "c") }),
      ]
      for order in everyOrder(of: steps) {
        let stage = try await RefundStage.placed(store)
        for (_, tell) in order { try await tell(stage) }
        #expect(
          try await stage.stand() == Stand(available: 150_000, .partiallyRefunded), "\(order.map(\.0))")
      }
    }
  }

  @Test(
    "sixteen simultaneous reports of a refund count once, during a purchase of the same user",
    arguments: BillingStoreKind.allCases)
  func racingNews(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.placed(store)
      _ = try await Self.race(16) { number in
        switch number % 4 {
        case 0: try await stage.pay()
        case 1: try await stage.dashboard(.pending, 9_950, id: "rfnd")
        case 2: try await stage.dashboard(.processed, 9_950, id: "rfnd")
        default: _ = try await RefundStage.paid(store, by: stage.user)
        }
      }
      #expect(try await stage.stand() == Stand(available: 2_700_000, .partiallyRefunded))
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 1)
    }
  }

  @Test("a payment that credited nothing is returned whole, once", arguments: BillingStoreKind.allCases)
  func surplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      let made = try await Self.race(16) { _ in
        try await store.refunds.requestReturn(of: second, order: stage.order)
      }
      let refund = try #require(made.first)
      #expect(Set(made.map(\.id)).count == 1)
      #expect(refund.origin == .surplus && refund.talkTime == nil && refund.money == stage.order.price)
      try await stage.steps(.pending, refund)
      #expect(try await store.returned().isEmpty)
      for _ in 0..<2 { try await stage.steps(.processed, refund) }
      #expect(try await store.returned() == [refund.paymentID], "the buyer is told, once")
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
      // The credited payment can still be refunded.
      try await stage.steps(.processed, try await stage.request())
      #expect(try await stage.stand() == Stand(.refunded))
      #expect(try await store.returned() == [refund.paymentID])
    }
  }

  @Test("a return that fails is followed by another attempt, until one succeeds", arguments: BillingStoreKind.allCases)
  func returnedAgain(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      let first = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(first.attempt == 1)
      #expect(try await store.refunds.refuse(first.id, cause: "test").status == .failed)
      let next = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(next.id != first.id && next.attempt == 2 && next.status == .requested && next.money == first.money)
      let waiting = try #require(try await store.refunds.waiting().first)
      #expect(waiting.refund.id == next.id && waiting.user == stage.user && waiting.next != nil)
      // The next attempt is not due at once, but soon.
      #expect(try await store.refunds.claimDue(limit: 10).isEmpty)
      try await store.advance(.seconds(16))
      #expect(try await store.refunds.claimDue(limit: 10).map(\.id) == [next.id])
      // The bank returns a processed refund.
      try await stage.steps(.processed, next)
      #expect(try await store.refunds.waiting().isEmpty)
      try await stage.steps(.failed, next)
      let third = try #require(try await store.refunds.waiting().first).refund
      #expect(third.attempt == 3 && third.status == .requested)
      // Razorpay reports the first refund as processed after all, so the third is not sent.
      try await stage.steps(.processed, first)
      #expect(try await store.refunds.waiting().isEmpty)
      #expect(
        try await store.refunds.refunds(of: stage.order.id).map(\.status) == [.processed, .failed, .failed])
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
    }
  }

  @Test("a credited payment is no surplus, however its reports name it", arguments: BillingStoreKind.allCases)
  func creditedIsNoSurplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      await #expect(throws: BillingError.notRefundable) {
        try await store.refunds.requestReturn(of: stage.order.payment(stage.payment), order: stage.order)
      }
      #expect(try await store.refunds.waiting().isEmpty)
    }
  }

  @Test(
    "a surplus payment whose dashboard refund the bank reversed is returned by us",
    arguments: BillingStoreKind.allCases)
  func dashboardReturnFails(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      func steps(_ status: GatewayRefund.Status) async throws {
        let refund = GatewayRefund(
          id: "rfnd_\(second.id)", paymentID: second.id, money: stage.order.price, status: status, receipt: nil)
        _ = try await store.refunds.record(refund, of: stage.order.id, cause: "test")
      }
      try await steps(.processed)
      #expect(try await store.refunds.waiting().isEmpty)
      #expect(try await store.returned() == [second.id])
      for _ in 0..<2 { try await steps(.failed) }
      let waiting = try await store.refunds.waiting().map(\.refund)
      #expect(waiting.map(\.attempt) == [1] && waiting.first?.money == stage.order.price)
      #expect(try await store.refunds.claimDue(limit: 10).map(\.id) == waiting.map(\.id))
    }
  }

  @Test("a refund that is reported before its payment publishes no return", arguments: BillingStoreKind.allCases)
  func refundBeforeCredit(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store, by: UserID(UUID()))
      let refund = GatewayRefund(
        id: "rfnd_\(stage.payment)", paymentID: stage.payment, money: Money(Paise(9_950)), status: .processed,
        receipt: nil)
      _ = try await store.refunds.record(refund, of: stage.order.id, cause: "test")
      #expect(try await store.returned().isEmpty)
    }
  }

  @Test("a return ends, and begins again only at an operator's request", arguments: BillingStoreKind.allCases)
  func returnsEnd(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      _ = try await store.payments.capture(second, of: stage.order, cause: "test")
      for attempt in 1...PaymentReturnSchedule.attempts {
        let refund = try await store.refunds.requestReturn(of: second, order: stage.order)
        #expect(refund.attempt == attempt)
        _ = try await store.refunds.refuse(refund.id, cause: "test")
      }
      let last = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(last.status == .failed && last.attempt == PaymentReturnSchedule.attempts)
      #expect(try await store.refunds.waiting().map(\.next) == [nil])
      let auditNote = AuditNote(actor: "cli:test", reason: try #require(Reason("a test")), cause: "test")
      let again = try await store.refunds.returnAgain(second, order: stage.order, auditNote)
      #expect(again.status == .requested && again.attempt == PaymentReturnSchedule.attempts + 1)
      #expect(try await store.refunds.returnAgain(second, order: stage.order, auditNote).id == again.id)
      await #expect(throws: BillingError.notRefundable) {
        try await store.refunds.returnAgain(stage.order.payment(stage.payment), order: stage.order, auditNote)
      }
      try await stage.steps(.processed, again)
      #expect(try await store.refunds.waiting().isEmpty)
    }
  }

  @Test("a payment that is being returned is never credited", arguments: BillingStoreKind.allCases)
  func returnedIsNotCredited(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store)
      let payment = stage.order.payment(stage.payment)
      try await store.payments.note(payment, of: stage.order, mismatch: true)
      try await stage.steps(.processed, try await store.refunds.requestReturn(of: payment, order: stage.order))
      #expect(try await store.payments.capture(payment, of: stage.order, cause: "test") == .surplus)
      #expect(try await stage.stand() == Stand(.created))
    }
  }

  @Test(
    "Razorpay's record of a refund outranks a refusal, until Razorpay itself reports a failure",
    arguments: BillingStoreKind.allCases)
  func revived(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for (steps, stand, kinds) in [
        ([GatewayRefund.Status.processed, .processed], Stand(available: 300_000, .partiallyRefunded), ["refund"]),
        ([.pending, .processed], Stand(available: 300_000, .partiallyRefunded), ["refund"]),
        ([.pending, .failed], Stand(available: 600_000, .paid), []),
        ([.processed, .failed], Stand(available: 600_000, .paid), ["refund", "refund"]),
        ([.failed, .processed], Stand(available: 600_000, .paid), []),
      ] as [([GatewayRefund.Status], Stand?, [String])] {
        let stage = try await RefundStage.paid(store)
        let refund = try await stage.request(9_950)
        #expect(try await store.refunds.refuse(refund.id, cause: "test").status == .failed)
        for status in steps { try await stage.steps(status, refund) }
        #expect(try await stage.stand() == stand, "\(steps)")
        let lines = try await store.wallets.ledger(of: stage.user, limit: 50, after: nil, includeHolds: false).items
        #expect(lines.map(\.kind).filter { $0 == "refund" } == kinds, "\(steps)")
      }
    }
  }

  @Test(
    "the talk time that a reversed refund gives back is that refund's own entry", arguments: BillingStoreKind.allCases)
  func entries(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let returned = try await stage.request(9_950)
      try await stage.steps(.processed, returned)
      try await stage.steps(.failed, returned)
      let released = try await stage.request(9_950)
      try await stage.steps(.pending, released)
      try await stage.steps(.failed, released)
      let lines = try await store.wallets.ledger(of: stage.user, limit: 50, after: nil, includeHolds: true).items
      #expect(
        lines.reversed().map { "\($0.kind) \($0.reference)" } == [
          "purchase payment:\(stage.payment)", "hold refund:\(returned.id)", "refund refund:\(returned.id):settled",
          "refund refund:\(returned.id):returned", "hold refund:\(released.id)",
          "release refund:\(released.id):released",
        ])
    }
  }

  @Test(
    "a customer's fee can be refunded with the whole price, and takes no talk time of its own",
    arguments: BillingStoreKind.allCases)
  func feeOnTop(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for amount in [nil, 20_370] as [Int64?] {
        let stage = try await RefundStage.placed(store)
        let payment = GatewayPayment(
          id: stage.payment, orderID: stage.order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)),
          fee: Paise(470), customerBearsFee: true)
        #expect(
          try await store.payments.capture(payment, of: stage.order, cause: "test")
            == .credited(balance: .minutes(10)))
        await #expect(throws: BillingError.refundExceedsPayment(left: Paise(20_370))) {
          try await stage.request(20_371, force: true)
        }
        let refund = try await stage.request(amount)
        #expect(refund.money.amount == Paise(amount ?? 19_900) && refund.talkTime == .minutes(10))
        try await stage.steps(.processed, refund)
        #expect(try await stage.stand() == Stand(.refunded))
      }
    }
  }

  @Test("open refunds are checked again, each after its lease", arguments: BillingStoreKind.allCases)
  func due(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let refund = try await stage.request(9_950)
      #expect(try await store.refunds.claimDue(limit: 10).isEmpty)
      try await store.advance(.seconds(31))
      #expect(try await store.refunds.claimDue(limit: 10).map(\.id) == [refund.id])
      #expect(try await store.refunds.claimDue(limit: 10).isEmpty)
      try await stage.steps(.pending, refund)
      try await store.advance(.seconds(3_601))
      #expect(try await store.refunds.claimDue(limit: 10).map(\.status) == [.pending])
      try await stage.steps(.processed, refund)
      try await store.advance(.seconds(1_000_000))
      #expect(try await store.refunds.claimDue(limit: 10).isEmpty)
    }
  }

  private static func race<Answer: Sendable>(
    _ count: Int, _ run: @escaping @Sendable (Int) async throws -> Answer
  ) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 0..<count { group.addTask { try await run(number) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}
