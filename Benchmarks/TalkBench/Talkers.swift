import Foundation
import HTTPTransport
import Logging

/// Users who have bought talk time and are talking, created through the front door.
struct Talkers {
  struct Talk: Sendable {
    let session: String
    let token: String
  }

  struct Refused: Error, CustomStringConvertible {
    let step: String
    let status: Int
    var description: String { "\(step) was answered \(status)" }
  }

  private let environment: BenchEnvironment
  private let http = HTTPTransport(logger: Logger(label: "bench"))

  init(_ environment: BenchEnvironment) { self.environment = environment }

  func start(_ count: Int) async throws -> [Talk] {
    var talks: [Talk] = []
    for _ in 0..<count { talks.append(try await talk(buyer())) }
    return talks
  }

  /// - Returns: the access token of a user who has bought an hour.
  func buyer() async throws -> String {
    let address = "bench-\(UUID().uuidString.lowercased())@example.com"
    let person = try await call("/auth/register", ["email": address, "password": "a quiet mountain lake"])
    let token = person["access_token"] as? String ?? ""
    let order = try await call("/billing/orders", ["pack_id": "hour"], token)
    let payment = try await send(
      environment.sandboxURL + "/control/razorpay/orders/\(order["razorpay_order_id"] as? String ?? "")/pay",
      ["outcome": "captured", "webhooks": 0], nil)
    _ = try await call("/billing/payments/verify", payment, token)
    return token
  }

  func talk(_ token: String) async throws -> Talk {
    let session = try await call("/sessions", [:], token)
    return Talk(session: session["id"] as? String ?? "", token: token)
  }

  func call(_ path: String, _ body: [String: Any], _ token: String? = nil) async throws -> [String: Any] {
    try await send(environment.publicURL + path, body, token)
  }

  private func send(_ url: String, _ body: [String: Any], _ token: String?) async throws -> [String: Any] {
    let headers = [("Content-Type", "application/json")] + (token.map { [("Authorization", "Bearer \($0)")] } ?? [])
    let response = try await http.send(
      HTTPClientRequest(
        method: "POST", url: url, headers: headers, body: Array(try JSONSerialization.data(withJSONObject: body))),
      deadline: .seconds(20))
    guard response.isSuccess else { throw Refused(step: url, status: response.status) }
    return try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any] ?? [:]
  }
}
