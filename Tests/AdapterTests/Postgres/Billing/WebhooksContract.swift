import Application
import Domain
import Foundation
import Testing

@Suite("Keeping webhooks", .serialized)
struct WebhooksContract {
  private let body: [UInt8] = [0x7B, 0, 0xFF, 0x7D]

  @Test("keeps one once by its id, as it first came, byte for byte", arguments: BillingStoreKind.allCases)
  func once(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      try await store.webhooks.keep([1], eventID: "evt_1")
      #expect(try await store.webhooks.next() == StoredWebhook(eventID: "evt_1", body: body, attempt: 1))
      #expect(try await store.webhooks.next() == nil)
    }
  }

  @Test("one that is done comes never again, kept a second time or not", arguments: BillingStoreKind.allCases)
  func done(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      let webhook = try #require(try await store.webhooks.next())
      try await store.webhooks.finish(webhook, type: "payment.captured", outcome: "credited")
      try await store.webhooks.keep(body, eventID: "evt_1")
      try await store.advance(.seconds(86_400))
      #expect(try await store.webhooks.next() == nil)
      #expect(try await store.outcome("evt_1") == "credited")
    }
  }

  @Test("gives what waited longest first", arguments: BillingStoreKind.allCases)
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

  @Test("is leased for half a minute, then anyone may have it", arguments: BillingStoreKind.allCases)
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

  @Test("another try waits longer each time, and ten minutes at most", arguments: BillingStoreKind.allCases)
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

  @Test("whoever lost the lease decides nothing", arguments: BillingStoreKind.allCases)
  func fence(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      try await store.webhooks.keep(body, eventID: "evt_1")
      let slow = try #require(try await store.webhooks.next())
      try await store.advance(.seconds(31))
      let fast = try #require(try await store.webhooks.next())
      try await store.webhooks.finish(slow, type: nil, outcome: "dead")
      #expect(try await store.outcome("evt_1") == nil)
      try await store.webhooks.finish(fast, type: "order.paid", outcome: "credited")
      try await store.webhooks.finish(slow, type: nil, outcome: nil)
      #expect(try await store.outcome("evt_1") == "credited")
    }
  }

  @Test("no two workers get the same one at once", arguments: BillingStoreKind.allCases)
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
      // SKIP LOCKED may show an empty table to one worker, never to all: whoever holds a row comes back for more.
      #expect(Set(taken).count == taken.count)
      var rest = 0
      while try await store.webhooks.next() != nil { rest += 1 }
      #expect(taken.count + rest == 32)
    }
  }
}
