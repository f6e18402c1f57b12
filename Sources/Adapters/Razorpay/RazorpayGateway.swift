import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// Razorpay's API (v1): HTTP Basic with key id and secret, amounts in paise.
public struct RazorpayGateway: PaymentGateway {
  private let http: any RequestSender
  private let base: String
  private let authorization: String
  private let deadline: Duration
  private let onRefusedKey: @Sendable () -> Void
  private let onUnreadable: @Sendable (String) -> Void

  /// - Parameter deadline: the time for a single request. It is less than the 3 s in which a verification must be
  ///   answered.
  /// - Parameter onRefusedKey: informs an operator, once for each request that was refused because of the key.
  /// - Parameter onUnreadable: informs an operator of an unreadable entity in a list, by its id.
  public init(
    http: any RequestSender, baseURL: String, keyID: String, keySecret: String,
    deadline: Duration = .milliseconds(2_500),
    onRefusedKey: @escaping @Sendable () -> Void = {}, onUnreadable: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.http = http
    base = baseURL
    authorization = "Basic " + Data("\(keyID):\(keySecret)".utf8).base64EncodedString()
    self.deadline = deadline
    self.onRefusedKey = onRefusedKey
    self.onUnreadable = onUnreadable
  }

  public func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String {
    struct Body: Encodable {
      struct Payment: Encodable {
        let capture = "automatic"
      }
      let amount: Int64
      let currency, receipt: String
      let payment = Payment()
      let notes: [String: String]
    }
    let body = Body(
      amount: money.amount.count, currency: money.currency.code, receipt: receipt, notes: ["talktime_order": receipt])
    let answer = try await call("POST", "/v1/orders", body, as: OrderResponse.self)
    return answer.id
  }

  public func order(receipt: String) async throws(GatewayError) -> String? {
    let found = try await call("GET", "/v1/orders?receipt=\(receipt)", as: LenientRazorpayList<OrderResponse>.self)
    // An unreadable order may be the one that is looked for, and then no other may be made.
    guard found.unreadable.isEmpty else { throw .unavailable(mayHaveActed: false) }
    return found.items.first?.id
  }

  public func payment(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment {
    guard Self.isIdentifier(id) else { throw .notFound }
    return try await call("GET", "/v1/payments/\(id)", within: deadline, as: RazorpayPaymentResponse.self).payment()
  }

  public func payments(ofOrder id: String) async throws(GatewayError) -> [GatewayPayment] {
    guard Self.isIdentifier(id) else { throw .notFound }
    return try await call("GET", "/v1/orders/\(id)/payments", as: LenientRazorpayList<RazorpayPaymentResponse>.self)
      .payments(
        onUnreadable)
  }

  public func payments(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayPayment] {
    try await all("/v1/payments", period, of: RazorpayPaymentResponse.self).payments(onUnreadable)
  }

  public func capture(
    _ id: String, _ money: Money, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayPayment {
    struct Body: Encodable {
      let amount: Int64
      let currency: String
    }
    guard Self.isIdentifier(id) else { throw .notFound }
    let body = Body(amount: money.amount.count, currency: money.currency.code)
    return try await call(
      "POST", "/v1/payments/\(id)/capture", body, within: deadline, as: RazorpayPaymentResponse.self
    ).payment()
  }

  public func refund(
    _ paymentID: String, _ amount: Paise, key: String, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayRefund {
    struct Body: Encodable {
      let amount: Int64
      let speed = "normal"
      let receipt: String
      let notes: [String: String]
    }
    guard Self.isIdentifier(paymentID) else { throw .notFound }
    let body = Body(amount: amount.count, receipt: key, notes: ["talktime_refund": key])
    return try await call(
      "POST", "/v1/payments/\(paymentID)/refund", body, headers: [("X-Refund-Idempotency", key)], within: deadline,
      as: RazorpayRefundResponse.self
    ).refund()
  }

  public func refund(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayRefund {
    guard Self.isIdentifier(id) else { throw .notFound }
    return try await call("GET", "/v1/refunds/\(id)", within: deadline, as: RazorpayRefundResponse.self).refund()
  }

  public func refunds(
    ofPayment id: String, within deadline: Duration?
  ) async throws(GatewayError) -> [GatewayRefund] {
    guard Self.isIdentifier(id) else { throw .notFound }
    let found = try await call(
      "GET", "/v1/payments/\(id)/refunds?count=100", within: deadline,
      as: LenientRazorpayList<RazorpayRefundResponse>.self)
    var isWhole = true
    let refunds = found.refunds { id in
      onUnreadable(id)
      isWhole = false
    }
    // A caller that looks for a refund here must not take an unreadable refund for one that was never made.
    guard isWhole else { throw .unavailable(mayHaveActed: false) }
    return refunds
  }

  public func refunds(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayRefund] {
    try await all("/v1/refunds", period, of: RazorpayRefundResponse.self).refunds(onUnreadable)
  }

  public func disputes(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayDispute] {
    try await all("/v1/disputes", period, of: RazorpayDisputeResponse.self).disputes(onUnreadable)
  }

  /// Reads page by page; Razorpay's largest page has 100 items. A page without new items ends the reading, so that a
  /// response that ignores `skip` cannot go on for ever.
  private func all<Item: Decodable & Identifiable<String>>(
    _ path: String, _ period: ReconciliationPeriod, of type: Item.Type
  ) async throws(GatewayError) -> LenientRazorpayList<Item> {
    let (from, to) = (period.from.unixSeconds, period.to.unixSeconds)
    var (listing, known, skip) = (LenientRazorpayList<Item>(items: [], unreadable: []), Set<String>(), 0)
    while true {
      let page = try await call(
        "GET", "\(path)?from=\(from)&to=\(to)&count=100&skip=\(skip)", as: LenientRazorpayList<Item>.self)
      let items = page.items.filter { known.insert($0.id).inserted }
      let unreadable = page.unreadable.filter { known.insert($0).inserted }
      listing = LenientRazorpayList(items: listing.items + items, unreadable: listing.unreadable + unreadable)
      skip += page.count
      if page.count < 100 || items.isEmpty && unreadable.isEmpty { return listing }
    }
  }

  private struct OrderResponse: Decodable { let id: String }
  private struct Failure: Decodable {
    struct Details: Decodable { let code: String }
    let error: Details
  }

  /// Ids become part of a path: only the characters of Razorpay's ids are allowed.
  private static func isIdentifier(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x5F }
  }

  /// The path without its query, with a star for each id; ids look like `pay_…`. A list that is refused for a while
  /// therefore does not block requests for single items.
  static func operation(_ method: String, _ path: String) -> String {
    let path = path.prefix { $0 != "?" }
    return "\(method) " + path.split(separator: "/").map { $0.contains("_") ? "*" : $0 }.joined(separator: "/")
  }

  private func call<Answer: Decodable>(
    _ method: String, _ path: String, _ body: (any Encodable)? = nil, headers: [(String, String)] = [],
    within deadline: Duration? = nil, as type: Answer.Type
  ) async throws(GatewayError) -> Answer {
    var all = headers + [("Authorization", authorization), ("Accept", "application/json")]
    var bytes: [UInt8]?
    if let body {
      all.append(("Content-Type", "application/json"))
      do { bytes = Array(try JSONEncoder().encode(body)) } catch { throw .refused(code: "unencodable") }
    }
    let response: HTTPClientResponse
    do {
      response = try await http.send(
        HTTPClientRequest(
          method: method, url: base + path, headers: all, body: bytes, operation: Self.operation(method, path)),
        deadline: deadline ?? self.deadline)
    } catch {
      throw .unavailable(mayHaveActed: error.mayHaveActed)
    }
    if response.isSuccess, let answer = try? JSONDecoder().decode(type, from: Data(response.body)) { return answer }
    throw failure(response)
  }

  private func failure(_ response: HTTPClientResponse) -> GatewayError {
    switch response.status {
    case 404: return .notFound
    case 401, 403:
      onRefusedKey()
      return .credentialsRefused
    case 400, 422:
      let code = try? JSONDecoder().decode(Failure.self, from: Data(response.body)).error.code
      return .refused(code: code ?? String(response.status))
    case 429: return .unavailable(mayHaveActed: false)
    default: return .unavailable(mayHaveActed: true)
    }
  }
}
