import Application
import Domain
import Foundation
import Testing

/// The further states of a refund.
extension RefundRepositoryContract {
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
}
