import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// Razorpay's API (v1): HTTP Basic with key id and secret, amounts in paise.
public struct RazorpayGateway: PaymentGateway {
  private let http: HTTPTransport
  private let base: String
  private let authorization: String
  private let deadline: Duration

  /// - Parameter deadline: a verification must be answered within 3 s, so a single question gets less.
  public init(
    http: HTTPTransport, baseURL: String, keyID: String, keySecret: String, deadline: Duration = .milliseconds(2_500)
  ) {
    self.http = http
    base = baseURL
    authorization = "Basic " + Data("\(keyID):\(keySecret)".utf8).base64EncodedString()
    self.deadline = deadline
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
    let answer = try await call("POST", "/v1/orders", body, as: OrderAnswer.self)
    return answer.id
  }

  public func order(receipt: String) async throws(GatewayError) -> String? {
    try await call("GET", "/v1/orders?receipt=\(receipt)", as: OrderList.self).items.first?.id
  }

  public func payment(_ id: String) async throws(GatewayError) -> GatewayPayment {
    guard Self.isIdentifier(id) else { throw .notFound }
    return try read(try await call("GET", "/v1/payments/\(id)", as: PaymentAnswer.self))
  }

  public func capture(_ id: String, _ money: Money) async throws(GatewayError) -> GatewayPayment {
    struct Body: Encodable {
      let amount: Int64
      let currency: String
    }
    guard Self.isIdentifier(id) else { throw .notFound }
    let body = Body(amount: money.amount.count, currency: money.currency.code)
    return try read(try await call("POST", "/v1/payments/\(id)/capture", body, as: PaymentAnswer.self))
  }

  public func refund(_ paymentID: String, _ amount: Paise, key: String) async throws(GatewayError) {
    struct Body: Encodable {
      let amount: Int64
      let speed = "normal"
    }
    guard Self.isIdentifier(paymentID) else { throw .notFound }
    _ = try await call(
      "POST", "/v1/payments/\(paymentID)/refund", Body(amount: amount.count),
      headers: [("X-Refund-Idempotency", key)], as: RefundAnswer.self)
  }

  private struct OrderAnswer: Decodable { let id: String }
  private struct OrderList: Decodable { let items: [OrderAnswer] }
  private struct RefundAnswer: Decodable { let id: String }
  private struct PaymentAnswer: Decodable {
    let id: String
    let order_id: String?
    let status: String
    let amount: Int64
    let currency: String
  }
  private struct Failure: Decodable {
    struct Details: Decodable { let code: String }
    let error: Details
  }

  private func read(_ answer: PaymentAnswer) throws(GatewayError) -> GatewayPayment {
    guard let status = GatewayStatus(rawValue: answer.status), let currency = Currency(answer.currency) else {
      throw .unavailable(mayHaveActed: true)
    }
    return GatewayPayment(
      id: answer.id, orderID: answer.order_id, status: status, money: Money(Paise(answer.amount), currency))
  }

  /// An id goes into a path: only what Razorpay's ids are made of may pass.
  private static func isIdentifier(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x5F }
  }

  private struct Nothing: Encodable {}

  private func call<Answer: Decodable>(
    _ method: String, _ path: String, _ body: (any Encodable)? = nil, headers: [(String, String)] = [],
    as type: Answer.Type
  ) async throws(GatewayError) -> Answer {
    var all = headers + [("Authorization", authorization), ("Accept", "application/json")]
    var bytes: [UInt8]?
    if let body {
      all.append(("Content-Type", "application/json"))
      do { bytes = Array(try JSONEncoder().encode(body)) } catch { throw .refused(code: "unencodable") }
    }
    let response: InboundResponse
    do {
      response = try await http.send(
        OutboundRequest(method: method, url: base + path, headers: all, body: bytes), deadline: deadline)
    } catch {
      throw .unavailable(mayHaveActed: error.mayHaveActed)
    }
    if response.isSuccess, let answer = try? JSONDecoder().decode(type, from: Data(response.body)) { return answer }
    throw failure(response)
  }

  private func failure(_ response: InboundResponse) -> GatewayError {
    switch response.status {
    case 404: return .notFound
    case 400, 401, 403, 422:
      let code = try? JSONDecoder().decode(Failure.self, from: Data(response.body)).error.code
      return .refused(code: code ?? String(response.status))
    case 429: return .unavailable(mayHaveActed: false)
    default: return .unavailable(mayHaveActed: true)
    }
  }
}
