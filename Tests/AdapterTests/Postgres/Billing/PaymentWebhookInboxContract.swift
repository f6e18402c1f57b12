import Application
import Domain
import Foundation
import Testing

@Suite("The webhook inbox", .serialized)
struct PaymentWebhookInboxContract {
  private let body: [UInt8] = [0x7B, 0, 0xFF, 0x7D]

  @Test("a webhook is kept once by its id, as it first came, byte for byte", arguments: BillingStoreKind.allCases)
  func once(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      try await store.webhooks.keep([1], eventID: "evt_1")
      #expect(try await store.webhooks.next() == StoredWebhook(eventID: "evt_1", body: body, attempt: 1))
      #expect(try await store.webhooks.next() == nil)
    }
  }

  @Test(
    "a webhook that is done is never given out again, whether it is kept a second time or not",
    arguments: BillingStoreKind.allCases)
  func done(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      let webhook = try #require(try await store.webhooks.next())
      try await store.webhooks.finish(webhook, type: "payment.captured", outcome: .credited)
      try await store.webhooks.keep(body, eventID: "evt_1")
      try await store.advance(.seconds(86_400))
      #expect(try await store.webhooks.next() == nil)
      #expect(try await store.outcome("evt_1") == "credited")
    }
  }

  @Test("the webhook that waited longest is given out first", arguments: BillingStoreKind.allCases)
  func order(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for number in 1...3 {
        try await store.webhooks.keep(body, eventID: "evt_\(number)")
        try await store.advance(.seconds(1))
      }
      var given: [String] = []
      while let webhook = try await store.webhooks.next() { given.append(webhook.eventID) }
      #expect(given == ["evt_1", "evt_2", "evt_3"])
    }
  }

  @Test("a webhook is leased for half a minute, and then any worker may take it", arguments: BillingStoreKind.allCases)
  func lease(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      #expect(try await store.webhooks.next()?.attempt == 1)
      try await store.advance(.seconds(20))
      #expect(try await store.webhooks.next() == nil)
      try await store.advance(.seconds(11))
      #expect(try await store.webhooks.next()?.attempt == 2)
    }
  }

  @Test("each further try of a webhook waits longer, and ten minutes at most", arguments: BillingStoreKind.allCases)
  func retries(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      for (attempt, pause) in zip(1..., [Int64(2), 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]) {
        let webhook = try #require(try await store.webhooks.next(), "attempt \(attempt)")
        #expect(webhook.attempt == attempt)
        try await store.webhooks.finish(webhook, type: "payment.captured", outcome: nil)
        #expect(try await store.webhooks.next() == nil)
        #expect(try await store.outcome("evt_1") == nil)
        try await store.advance(.seconds(pause))
      }
    }
  }

  @Test("a worker that lost the lease decides nothing", arguments: BillingStoreKind.allCases)
  func fence(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      let slow = try #require(try await store.webhooks.next())
      try await store.advance(.seconds(31))
      let fast = try #require(try await store.webhooks.next())
      try await store.webhooks.finish(slow, type: nil, outcome: .dead)
      #expect(try await store.outcome("evt_1") == nil)
      try await store.webhooks.finish(fast, type: "order.paid", outcome: .credited)
      try await store.webhooks.finish(slow, type: nil, outcome: nil)
      #expect(try await store.outcome("evt_1") == "credited")
    }
  }

  @Test("no two workers get the same webhook at once", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      for number in 0..<32 { try await store.webhooks.keep(body, eventID: "evt_\(number)") }
      let taken = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<16 {
          group.addTask {
            var mine: [String] = []
            while let webhook = try await store.webhooks.next() { mine.append(webhook.eventID) }
            return mine
          }
        }
        return try await group.reduce([], +)
      }
      // With SKIP LOCKED one worker may see an empty table, but never all of them: a worker that holds a row asks
      // again.
      #expect(Set(taken).count == taken.count)
      var rest = 0
      while try await store.webhooks.next() != nil { rest += 1 }
      #expect(taken.count + rest == 32)
    }
  }

  private func taken(_ limit: Int, _ queue: PaymentWebhookLane, _ store: BillingStore) async throws -> [String] {
    try await store.webhooks.take(limit, from: queue).map(\.eventID)
  }

  @Test(
    "of one subject one webhook is handled at a time, and no other subject waits for it",
    arguments: BillingStoreKind.allCases)
  func inTurn(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for (event, subject) in [("evt_1", "order_1"), ("evt_2", "order_1"), ("evt_3", "order_2"), ("evt_4", nil)] {
        try await store.webhooks.keep(body, eventID: event, subject: subject)
        try await store.advance(.seconds(1))
      }
      let first = try #require(try await store.webhooks.take(1, from: .unasked).first)
      #expect(first.eventID == "evt_1")
      #expect(try await taken(10, .unasked, store).sorted() == ["evt_3", "evt_4"])
      #expect(try await taken(10, .unasked, store) == [])
      try await store.webhooks.finish(first, type: "payment.captured", outcome: .credited)
      #expect(try await taken(10, .unasked, store) == ["evt_2"])
    }
  }

  @Test(
    "a webhook that waits for another try delays no later webhook of its subject", arguments: BillingStoreKind.allCases)
  func retriedInTurn(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1", subject: "order_1")
      let first = try #require(try await store.webhooks.take(1, from: .unasked).first)
      try await store.webhooks.keep(body, eventID: "evt_2", subject: "order_1")
      #expect(try await taken(1, .unasked, store) == [])
      try await store.webhooks.finish(first, type: "payment.authorized", outcome: nil)
      #expect(try await taken(10, .unasked, store) == ["evt_2"])
    }
  }

  @Test(
    "a worker that died holds a webhook's subject no longer than the lease", arguments: BillingStoreKind.allCases)
  func deadInTurn(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1", subject: "order_1")
      #expect(try await taken(1, .unasked, store) == ["evt_1"])
      try await store.webhooks.keep(body, eventID: "evt_2", subject: "order_1")
      try await store.advance(.seconds(31))
      // The webhook that was never taken has waited longest.
      let other = try #require(try await store.webhooks.take(10, from: .unasked).first)
      #expect(other.eventID == "evt_2" && other.attempt == 1)
      try await store.webhooks.finish(other, type: nil, outcome: .dead)
      let again = try #require(try await store.webhooks.take(10, from: .unasked).first)
      #expect(again.eventID == "evt_1" && again.attempt == 2)
    }
  }

  @Test(
    "a webhook that needs a request to Razorpay is due in the other queue at once", arguments: BillingStoreKind.allCases
  )
  func passed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1", subject: "order_1")
      let first = try #require(try await store.webhooks.take(1, from: .unasked).first)
      #expect(try await taken(1, .asking, store) == [])
      try await store.webhooks.pass(first, type: "payment.authorized")
      #expect(try await taken(1, .unasked, store) == [])
      let passed = try #require(try await store.webhooks.take(1, from: .asking).first)
      #expect(passed == StoredWebhook(eventID: "evt_1", body: body, attempt: 2))
      // The webhook stays in the second queue.
      try await store.webhooks.finish(passed, type: nil, outcome: nil)
      try await store.advance(.seconds(4))
      #expect(try await taken(1, .unasked, store) == [])
      #expect(try await taken(1, .asking, store) == ["evt_1"])
    }
  }

  @Test("workers that race for one subject get its webhooks one after the other", arguments: BillingStoreKind.allCases)
  func racingForOne(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      for number in 0..<24 {
        try await store.webhooks.keep(body, eventID: "evt_\(number)", subject: "order_\(number % 3)")
      }
      let got = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<16 { group.addTask { try await taken(2, .unasked, store) } }
        return try await group.reduce([], +)
      }
      #expect(got.sorted() == ["evt_0", "evt_1", "evt_2"])
    }
  }
}
