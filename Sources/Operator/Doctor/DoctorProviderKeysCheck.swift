import Foundation
import HTTPTransport
import Runtime

/// Checks whether the providers accept our keys. It creates nothing there.
struct DoctorProviderKeysCheck: Sendable {
  let http: HTTPTransport

  private struct Question: Sendable {
    let name: String
    let url: String
    let headers: [(String, String)]
  }

  func findings() async -> [Finding] {
    let questions = Self.questions()
    return await withTaskGroup(of: (Int, Finding).self) { group in
      for (index, question) in questions.enumerated() { group.addTask { (index, await ask(question)) } }
      return await group.reduce(into: [(Int, Finding)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private static func questions() -> [Question] {
    let reader = SettingsReader()
    func secret(_ name: String) -> String { reader.optional(name, secret: true) ?? "" }
    func basic(_ name: String, _ secret: String) -> [(String, String)] {
      [("authorization", "Basic " + Data("\(name):\(secret)".utf8).base64EncodedString())]
    }
    func url(_ name: String, _ standard: String, _ path: String) -> String {
      reader.baseURL(name, default: standard) + path
    }
    return [
      Question(
        name: "razorpay", url: url("RAZORPAY_BASE_URL", "https://api.razorpay.com", "/v1/orders?count=1"),
        headers: basic(secret("RAZORPAY_KEY_ID"), secret("RAZORPAY_KEY_SECRET"))),
      Question(
        name: "google", url: url("GOOGLE_BASE_URL", "https://www.googleapis.com", "/oauth2/v3/certs"), headers: []),
      Question(
        name: "gemini",
        url: url("GEMINI_BASE_URL", "https://generativelanguage.googleapis.com", "/v1beta/models?pageSize=1"),
        headers: [("x-goog-api-key", secret("GEMINI_API_KEY"))]),
      Question(
        name: "mailjet", url: url("MAILJET_BASE_URL", "https://api.mailjet.com", "/v3/REST/sender?Limit=1"),
        headers: basic(secret("MAILJET_API_KEY"), secret("MAILJET_API_SECRET"))),
    ]
  }

  private func ask(_ question: Question) async -> Finding {
    do throws(TransportError) {
      let answer = try await http.send(
        HTTPClientRequest(method: "GET", url: question.url, headers: question.headers), deadline: .seconds(5))
      switch answer.status {
      // Gemini reports a bad key as an invalid argument.
      case 400, 401, 403: return .problem(question.name, "it refuses our key (\(answer.status))")
      case 500...: return .problem(question.name, "it answers \(answer.status)")
      default: return .ok(question.name, "it answers")
      }
    } catch {
      return .problem(question.name, "it cannot be reached: \(error)")
    }
  }
}
