import Application
import FoundationEssentials
import HTTPTransport

/// Mailjet's send API v3.1, one message a call. CustomID does not stop duplicates. Mailjet is therefore asked about a
/// CustomID before its mail is sent again.
public struct MailjetMailer: MailSender {
  private let http: any RequestSender
  private let base: String
  private let authorization: String
  private let from: (address: String, name: String)

  public init(
    http: any RequestSender, baseURL: String, apiKey: String, apiSecret: String, from address: String, name: String
  ) {
    self.http = http
    base = baseURL
    authorization = "Basic " + Data("\(apiKey):\(apiSecret)".utf8).base64EncodedString()
    from = (address, name)
  }

  public func wasAccepted(_ customID: String) async throws(MailError) -> Bool {
    struct Answer: Decodable { let Count: Int }
    let query = customID.utf8.map { byte -> String in
      let isPlain =
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
      return isPlain
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
    let response: HTTPClientResponse
    do {
      response = try await call("GET", "/v3/REST/message?CustomID=\(query)", nil)
    } catch {
      throw .unavailable(code: "mailjet_unreachable", after: error.retryAfter)
    }
    switch response.status {
    case 200...299: break
    case 401, 403: throw .misconfigured(code: Self.keyRefused)
    default: throw .unavailable(code: "mailjet_\(response.status)", after: response.retryAfter)
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
      throw .unavailable(code: "mailjet_malformed", after: .zero)
    }
    return answer.Count > 0
  }

  public func send(_ mail: OutgoingMail) async throws(MailError) -> String? {
    let body: [UInt8]
    do {
      body = Array(try JSONEncoder().encode(SendRequest(mail, from: from)))
    } catch {
      throw .rejected(code: "mail_unencodable")
    }
    let response: HTTPClientResponse
    do {
      response = try await call("POST", "/v3.1/send", body)
    } catch {
      guard error.mayHaveActed else { throw .unavailable(code: "mailjet_unreachable", after: error.retryAfter) }
      throw .unconfirmed(code: "mailjet_unreachable", isAnswered: false)
    }
    return try Self.messageID(response)
  }

  /// A refused mail is answered with 400, and the body tells why.
  private static func messageID(_ response: HTTPClientResponse) throws(MailError) -> String? {
    let message = try? JSONDecoder().decode(SendResponse.self, from: Data(response.body)).Messages.first
    switch response.status {
    case 200...299:
      guard let message else { throw .unconfirmed(code: "mailjet_malformed", isAnswered: false) }
      guard message.Status == "success" else { throw failure(message.Errors?.value?.first) }
      return message.To?.value?.first?.MessageUUID
    case 401, 403: throw .misconfigured(code: keyRefused)
    case 413: throw .rejected(code: "mailjet_413")
    case 429: throw .unavailable(code: "mailjet_429", after: response.retryAfter)
    case 500, 503: throw .unconfirmed(code: "mailjet_\(response.status)", isAnswered: true)
    // From a gateway: the request may have gone through.
    case 408, 501...: throw .unconfirmed(code: "mailjet_\(response.status)", isAnswered: false)
    default:
      // Without an error for the mail itself, the account, the address of the API or a proxy is the reason.
      guard let failure = message?.Errors?.value?.first else {
        throw .misconfigured(code: "mailjet_\(response.status)")
      }
      throw self.failure(failure)
    }
  }

  /// Names the setting that an operator must look at.
  private static let keyRefused = "mailjet_api_key_refused"

  /// An error of one mail: of its sender, of Mailjet, or of the mail itself.
  private static func failure(_ failure: SendResponse.Failure?) -> MailError {
    let code = failure?.ErrorCode?.value.map {
      String($0.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(32))
    }
    let related = failure?.ErrorRelatedTo?.value ?? []
    if related.contains(where: { $0.hasPrefix("From") || $0.hasPrefix("Sender") }) {
      return .misconfigured(code: "mail_from_refused")
    }
    switch failure?.StatusCode?.value {
    case 401, 403: return .misconfigured(code: keyRefused)
    case 429: return .unavailable(code: "mailjet_429", after: .zero)
    case .some(500...): return .unconfirmed(code: "mailjet_\(code ?? "error")", isAnswered: true)
    default: return .rejected(code: "mailjet_\(code ?? "error")")
    }
  }

  private func call(
    _ method: String, _ path: String, _ body: [UInt8]?
  ) async throws(TransportError) -> HTTPClientResponse {
    var headers = [("Authorization", authorization)]
    if body != nil { headers.append(("Content-Type", "application/json")) }
    return try await http.send(
      HTTPClientRequest(method: method, url: base + path, headers: headers, body: body), deadline: .seconds(15))
  }
}

extension HTTPClientResponse {
  /// The pause that Mailjet asks for, at most an hour; zero if it asks for none.
  fileprivate var retryAfter: Duration {
    .seconds(min(max(0, header("retry-after").flatMap { Int($0) } ?? 0), 3_600))
  }
}

private struct SendRequest: Encodable {
  struct Address: Encodable {
    let Email: String
    let Name: String?
  }
  struct Attachment: Encodable { let ContentType, Filename, Base64Content: String }
  struct Message: Encodable {
    let From: Address
    let To: [Address]
    let Subject, TextPart, HTMLPart, CustomID: String
    /// Absent, not empty, without an attachment.
    let Attachments: [Attachment]?
    // Click tracking would put a link's secret into another party's logs.
    let TrackClicks = "disabled"
    let TrackOpens = "disabled"
  }
  let Messages: [Message]

  init(_ mail: OutgoingMail, from: (address: String, name: String)) {
    Messages = [
      Message(
        From: Address(Email: from.address, Name: from.name), To: [Address(Email: mail.to, Name: mail.name)],
        Subject: mail.subject, TextPart: mail.text, HTMLPart: mail.html, CustomID: mail.customID,
        Attachments: mail.attachments.isEmpty ? nil : mail.attachments.map(Attachment.init))
    ]
  }
}

extension SendRequest.Attachment {
  init(_ attachment: MailAttachment) {
    self.init(
      ContentType: attachment.mediaType, Filename: attachment.name,
      Base64Content: Data(attachment.content.utf8).base64EncodedString())
  }
}

private struct SendResponse: Decodable {
  struct Recipient: Decodable { let MessageUUID: String? }
  struct Failure: Decodable {
    let ErrorCode: LenientlyDecoded<String>?
    let StatusCode: LenientlyDecoded<Int>?
    /// Paths such as `To[0].Email`.
    let ErrorRelatedTo: LenientlyDecoded<[String]>?
  }
  struct Message: Decodable {
    let Status: String
    let To: LenientlyDecoded<[Recipient]>?
    let Errors: LenientlyDecoded<[Failure]>?
  }
  let Messages: [Message]
}
