import Foundation
import Logging
import PostgresDriver
import Testing

@Suite("Concurrent webhooks", .serialized, .sandboxRestored)
struct WebhookQueueTests {
  @Test(
    "a captured payment does not wait for webhooks that need requests to Razorpay",
    arguments: ["latency", "timeout", "reset"])
  func strangers(kind: String) async throws {
    let suite = try Suite.running()
    var strangers: [Person.Order] = []
    for _ in 0..<2 {
      let person = try await Person.signUp(suite)
      for _ in 0..<18 { strangers.append(try await person.order()) }
    }
    let buyer = try await Person.signUp(suite)
    let order = try await buyer.order()
    try await suite.sandbox("DELETE", "/control/razorpay/requests")
    try await suite.sandbox(
      "PUT", "/control/razorpay/fault", body: ["kind": kind, "delay_ms": 10_000, "path": "/capture"])
    for order in strangers {
      try await suite.sandbox(
        "POST", "/control/razorpay/orders/\(order.razorpayID)/pay", body: ["outcome": "authorized", "webhooks": 1])
    }
    let before = try await captures(suite)
    _ = try await buyer.pay(order)
    _ = try await eventually("the buyer's payment is credited") {
      try await buyer.balance().number("balance_ms") == 600_000 ? true : nil
    }
    // If webhooks were handled one after the other, Razorpay would get a request for every other payment first.
    if kind != "reset" { #expect(try await captures(suite) - before < 30) }
    let open = try await open(strangers, suite)
    #expect(open == strangers.count)
    try await suite.sandbox("DELETE", "/control/razorpay/fault")
    _ = try await eventually(within: .seconds(180), "the strangers are credited") {
      try await self.open(strangers, suite) == 0 ? true : nil
    }
    try await suite.dev("talktime", "ledger", "verify")
  }

  /// The number of capture requests.
  private func captures(_ suite: Suite) async throws -> Int {
    try await suite.sandbox("GET", "/control/razorpay/requests").items.count {
      ($0["path"] as? String)?.hasSuffix("/capture") == true
    }
  }

  /// The number of orders without a credit.
  private func open(_ orders: [Person.Order], _ suite: Suite) async throws -> Int {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try suite.setting("DATABASE_URL"), applicationName: "system-tests", maximumConnections: 1),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    let ids = orders.map(\.razorpayID)
    let found = try await pool.query(
      "SELECT count(*) AS number FROM transactions WHERE razorpay_order_id = ANY(\(ids)) AND paid_at IS NULL")
    return try found.rows.first?.get("number") ?? 0
  }
}
