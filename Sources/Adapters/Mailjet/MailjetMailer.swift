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
    let response = try await call("GET", "/v3/REST/message?CustomID=\(query)", nil)
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
      throw .later(code: "mailjet_malformed", after: .zero)
    }
    return answer.Count > 0
  }

  public func send(_ mail: OutgoingMail) async throws(MailError) -> String? {
    let body: [UInt8]
    do {
      body = Array(try JSONEncoder().encode(SendRequest(mail, from: from)))
    } catch {
      throw .refused(code: "mail_unencodable")
    }
    let response = try await call("POST", "/v3.1/send", body)
    guard let answer = try? JSONDecoder().decode(SendResponse.self, from: Data(response.body)),
      let message = answer.Messages.first
    else { throw .later(code: "mailjet_malformed", after: .zero) }
    guard message.Status == "success" else {
      throw .refused(code: "mailjet_\(message.Errors?.value?.first?.ErrorCode ?? "error")")
    }
    return message.To?.value?.first?.MessageUUID
  }

  private func call(_ method: String, _ path: String, _ body: [UInt8]?) async throws(MailError) -> HTTPClientResponse {
    var headers = [("Authorization", authorization)]
    if body != nil { headers.append(("Content-Type", "application/json")) }
    let response: HTTPClientResponse
    do {
      response = try await http.send(
        HTTPClientRequest(method: method, url: base + path, headers: headers, body: body), deadline: .seconds(15))
    } catch {
      throw .later(code: "mailjet_unreachable", after: error.retryAfter)
    }
    switch response.status {
    case 200...299: return response
    case 400, 401, 403, 404: throw .refused(code: "mailjet_\(response.status)")
    default:
      let seconds = response.header("retry-after").flatMap { Int($0) } ?? 0
      throw .later(code: "mailjet_\(response.status)", after: .seconds(min(max(0, seconds), 3_600)))
    }
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
  struct Failure: Decodable { let ErrorCode: String? }
  struct Message: Decodable {
    let Status: String
    let To: LenientlyDecoded<[Recipient]>?
    let Errors: LenientlyDecoded<[Failure]>?
  }
  let Messages: [Message]
}
