import Application
import Crypto
import FoundationEssentials
import HTTPServing
import Hummingbird
import Logging
import MailjetAdapter

/// /tasks/webhooks/mailjet: what Mailjet reports about sent mails. Mailjet does not sign its reports. Their address
/// contains a secret instead, as the password of basic credentials with any name.
struct MailjetWebhookRoute: Sendable {
  /// The current secret and the previous one. Empty if none is set; no report is then accepted.
  let secrets: [String]
  let record: RecordMailEvents
  let logger: Logger

  func add(to router: Router<HTTPRequestContext>) {
    router.post("/tasks/webhooks/mailjet") { request, _ in try await receive(request) }
  }

  private func receive(_ request: Request) async throws -> Response {
    guard let given = Self.password(request.headers[.authorization]), secrets.contains(where: { Self.same($0, given) })
    else { throw MailjetWebhookError.invalidCredentials }
    let events = try await request.withRawBody(upTo: 1 << 20, within: Self.bodies) { body in
      MailjetEventReader.events(Array(buffer: body))
    }
    let recorded = try await record(events)
    if recorded > 0 { logger.info("addresses became undeliverable", metadata: ["addresses": "\(recorded)"]) }
    return try json(["status": "received"])
  }

  /// The budget of all reports that are being read, for what exceeds the 64 KiB that every body may have.
  private static let bodies = BodyMemoryBudget(bytes: 4 << 20)

  /// The password of an HTTP Basic header (RFC 7617).
  private static func password(_ header: String?) -> String? {
    guard let header, header.lowercased().hasPrefix("basic "),
      let data = Data(base64Encoded: String(header.dropFirst(6)))
    else { return nil }
    let parts = String(decoding: data, as: UTF8.self).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[1]) : nil
  }

  /// Compares digests, so that the time does not depend on the first byte that differs.
  private static func same(_ one: String, _ other: String) -> Bool {
    SHA256.hash(data: Array(one.utf8)) == SHA256.hash(data: Array(other.utf8))
  }
}

/// Why a report of Mailjet is refused.
enum MailjetWebhookError: StableError {
  case invalidCredentials

  var code: String {
    switch self {
    case .invalidCredentials: "invalid_credentials"
    }
  }
}
