import Crypto
import Foundation
import HTTPTransport
import Logging
import PostgresDriver
import Testing

/// Razorpay delivers at least once, in any order, and repeats a delivery without a response.
@Suite("A storm of deliveries", .serialized)
struct DeliveryStormTests {
  private static let people = 100
  private static let ordersEach = 5
  private static let copies = 20
  /// The instance that is killed in each wave.
  private static let killed = ["1", "2", "1", "2", "1"]

  @Test("500 payments, 10,000 deliveries at two instances and five kills lead to 500 credits", .timeLimit(.minutes(4)))
  func storm() async throws {
    let suite = try Suite.running()
    let purchases = try await inParallel(Array(0..<Self.people), width: 8) { _ in try await buy(at: suite) }
    let events = try purchases.flatMap(\.payments).map { try CapturedEvent($0, suite) }
    try await suite.dev("start", "billing", "2")
    let doors = try Doors(suite)
    var attempts: [Int] = []
    for (instance, wave) in zip(Self.killed, Self.waves(of: events)) {
      async let tries = inParallel(wave, width: 16) { try await doors.deliver($0) }
      try await suite.dev("kill", "billing", instance)
      try await suite.dev("start", "billing", instance)
      attempts += try await tries
    }
    #expect(attempts.count == 10_000)
    // Otherwise no kill would have hit a delivery.
    #expect(attempts.contains { $0 > 1 })
    try await check(purchases, events, suite)
    try await suite.dev("kill", "billing", "2")
  }

  /// Each wave brings new payments, so that each kill hits credits in progress, and repeats all earlier ones.
  private static func waves(of events: [CapturedEvent]) -> [[Delivery]] {
    var waves: [[Delivery]] = killed.map { _ in [] }
    for (index, event) in events.enumerated() {
      for copy in 0..<copies {
        let wave = max(index * waves.count / events.count, copy % waves.count)
        waves[wave].append(Delivery(event: event, number: copy))
      }
    }
    return waves.map { $0.shuffled() }
  }

  private struct Purchases {
    let person: Person
    let payments: [Payment]
  }

  /// Orders that are paid at Razorpay, without a webhook so far.
  private func buy(at suite: Suite) async throws -> Purchases {
    let person = try await Person.signUp(suite)
    var payments: [Payment] = []
    for _ in 0..<Self.ordersEach {
      let order = try await person.order()
      let paid = try await person.pay(order, webhooks: 0)
      payments.append(
        Payment(id: try #require(paid["razorpay_payment_id"] as? String), order: order.id, at: order.razorpayID))
    }
    return Purchases(person: person, payments: payments)
  }

  // MARK: - What must hold afterwards

  private func check(_ purchases: [Purchases], _ events: [CapturedEvent], _ suite: Suite) async throws {
    let books = try Ledger(suite)
    defer { books.close() }
    // A delivery whose worker was killed is handled again when its lease has expired.
    try await eventually(within: .seconds(90), "all deliveries are worked on") {
      try await books.waiting(events) == 0 ? () : nil
    }
    // For each event, one with Razorpay's id and one without.
    #expect(try await books.outcomes(events) == ["credited": Int64(2 * events.count)])
    let credits = try await books.credits(of: purchases.map(\.person.id))
    #expect(credits.sorted() == purchases.flatMap(\.payments).map { "payment:\($0.id)" }.sorted())
    #expect(try await books.refunds(of: purchases.flatMap(\.payments).map(\.order)) == 0)
    for purchase in purchases {
      let balance = try await purchase.person.balance()
      #expect(try balance.number("balance_ms") == Self.ordersEach * 600_000)
      #expect(try balance.number("held_ms") == 0)
    }
    try await suite.dev("talktime", "ledger", "verify")
  }
}

private struct Payment {
  let id: String
  let order: String
  let at: String
}

/// `payment.captured`, signed as by Razorpay.
private struct CapturedEvent {
  let id: String
  let body: [UInt8]
  let signature: String

  init(_ payment: Payment, _ suite: Suite) throws {
    id = "evt_\(payment.id)"
    body = Array(
      """
      {"entity":"event","account_id":"acc_storm","event":"payment.captured","contains":["payment"],\
      "payload":{"payment":{"entity":{"id":"\(payment.id)","entity":"payment","amount":19900,"currency":"INR",\
      "status":"captured","order_id":"\(payment.at)","captured":true,"amount_refunded":0}}},"created_at":1567674606}
      """.utf8)
    let key = SymmetricKey(data: Data(try suite.setting("RAZORPAY_WEBHOOK_SECRET").utf8))
    signature = Self.hex(HMAC<SHA256>.authenticationCode(for: body, using: key))
  }

  /// The key for a webhook without the id header.
  var digest: String { "sha256:" + Self.hex(SHA256.hash(data: body)) }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

private struct Delivery {
  let event: CapturedEvent
  /// The delivery's number among those of its event.
  let number: Int

  /// One delivery in four has no id and is stored as a separate event; only the ledger detects the duplicate.
  var headers: [(String, String)] {
    let signed = [("Content-Type", "application/json"), ("X-Razorpay-Signature", event.signature)]
    return number % 4 == 3 ? signed : signed + [("x-razorpay-event-id", event.id)]
  }
}

/// The addresses: Caddy's and the instances' own ports.
private struct Doors: Sendable {
  private let suite: Suite
  private let urls: [String]

  init(_ suite: Suite) throws {
    self.suite = suite
    let second = try String(contentsOfFile: suite.setting("TALKTIME_STATE") + "/ports/billing-2", encoding: .utf8)
    let port = second.trimmingCharacters(in: .whitespacesAndNewlines)
    urls = [suite.publicURL, try suite.setting("BILLING_SERVICE_URL"), "http://127.0.0.1:\(port)"]
  }

  /// Delivers as Razorpay does: repeatedly until it is accepted, each time to the next address.
  /// - Returns: how often it was sent.
  func deliver(_ delivery: Delivery) async throws -> Int {
    var attempts = 0
    return try await eventually("a delivery is accepted") {
      let url = urls[(delivery.number + attempts) % urls.count]
      attempts += 1
      let request = HTTPClientRequest(
        method: "POST", url: url + "/billing/webhooks/razorpay", headers: delivery.headers, body: delivery.event.body)
      return try? await suite.http.send(request, deadline: .seconds(5)).status == 200 ? attempts : nil
    }
  }
}

/// Reads the database directly, without any service.
private struct Ledger {
  private let pool: PostgresPool

  init(_ suite: Suite) throws {
    pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try suite.setting("DATABASE_URL"), applicationName: "system-tests", maximumConnections: 1),
      logger: Logger(label: "system-tests"))
  }

  func close() { pool.close() }

  func waiting(_ events: [CapturedEvent]) async throws -> Int64 {
    try await count(
      """
      SELECT count(*) AS number FROM razorpay_webhooks WHERE done_at IS NULL AND event_id = ANY(\(Self.ids(events)))
      """)
  }

  func outcomes(_ events: [CapturedEvent]) async throws -> [String: Int64] {
    let found = try await pool.query(
      """
      SELECT outcome, count(*) AS number FROM razorpay_webhooks WHERE event_id = ANY(\(Self.ids(events))) GROUP BY 1
      """)
    return try Dictionary(uniqueKeysWithValues: found.rows.map { (try $0.get("outcome"), try $0.get("number")) })
  }

  /// The references of all credits of these users.
  func credits(of users: [String]) async throws -> [String] {
    try await pool.query(
      "SELECT reference FROM ledger WHERE user_id = ANY(\(users.compactMap(UUID.init(uuidString:))))"
    )
    .rows.map { try $0.get("reference") }
  }

  /// A payment that is reported twice must not be taken for a second payment, which would be sent back.
  func refunds(of orders: [String]) async throws -> Int64 {
    try await count(
      "SELECT count(*) AS number FROM refunds WHERE transaction_id = ANY(\(orders.compactMap(UUID.init(uuidString:))))")
  }

  private func count(_ query: PostgresQuery) async throws -> Int64 {
    try #require(try await pool.query(query).rows.first).get("number")
  }

  private static func ids(_ events: [CapturedEvent]) -> [String] { events.flatMap { [$0.id, $0.digest] } }
}

/// Processes all elements, `width` at a time.
private func inParallel<Element: Sendable, Value: Sendable>(
  _ elements: [Element], width: Int, _ work: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: Value.self) { group in
    var values: [Value] = []
    for (index, element) in elements.enumerated() {
      if index >= width, let value = try await group.next() { values.append(value) }
      group.addTask { try await work(element) }
    }
    for try await value in group { values.append(value) }
    return values
  }
}
