import Foundation
import HTTPTransport
import Logging

/// The providers' side of the soak: a conversation begins and ends, an order is paid.
struct Sandbox: Sendable {
  /// The talk time of the pack that talkers buy, in milliseconds.
  static let pack: Int64 = 600_000

  private let url: String
  private let http: HTTPTransport

  init(url: String) {
    self.url = url
    http = HTTPTransport(
      configuration: HTTPTransportConfiguration(connectionsPerHost: 64, maximumRequests: 10_000),
      logger: Logger(label: "soak"))
  }

  func begin(_ conversation: String) async { _ = await post("/control/elevenlabs/conversations/\(conversation)/begin") }
  func finish(_ conversation: String) async {
    _ = await post("/control/elevenlabs/conversations/\(conversation)/finish")
  }

  /// - Returns: the result that the checkout passes to the page.
  func pay(_ order: String) async -> String? {
    let paid = await post("/control/razorpay/orders/\(order)/pay", #"{"outcome":"captured","webhooks":0}"#)
    return paid.map { String(decoding: $0.body, as: UTF8.self) }
  }

  private func post(_ path: String, _ body: String = "{}") async -> HTTPClientResponse? {
    let request = HTTPClientRequest(
      method: "POST", url: url + path, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
    let response = try? await http.send(request, deadline: .seconds(20))
    return response?.isSuccess == true ? response : nil
  }
}
