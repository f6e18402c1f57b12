import Application
import Domain
import Foundation
import HTTPTransport
import Logging
import MailTemplatesAdapter
import MailjetAdapter
import Testing

@Suite("Mail by Mailjet")
struct MailjetMailerTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))
  private let taken = CannedServer.Answer(
    body: #"{"Messages":[{"Status":"success","To":[{"MessageUUID":"u-1"}]}]}"#)

  private func mailer(_ url: String) -> MailjetMailer {
    MailjetMailer(
      http: http, baseURL: url, apiKey: "k", apiSecret: "s", from: "care@example.com", name: "Talktime")
  }

  private func carePlan(_ title: String) throws -> CarePlan {
    try #require(
      CarePlan(
        title: title, summary: "<b>You</b> sleep badly.",
        steps: [CarePlan.Step(title: "No screens", detail: "An hour.")],
        seekHelpIf: []))
  }

  private func compose(_ title: String, name: String? = "Asha") throws -> OutgoingMail {
    let recipient = Recipient(userID: UserID(UUID()), email: "asha@example.com", name: name, verified: true)
    return try MustacheMailComposer().compose(
      .carePlan(try carePlan(title), link: "https://talk.example/#plan=x"), for: recipient, customID: "c-1")
  }

  /// The request that Mailjet receives.
  private func sent(_ mail: OutgoingMail) async throws -> [String: Any] {
    let asked = try await CannedServer.with([taken]) { server, url in
      let id = try await mailer(url).send(mail)
      #expect(id == "u-1")
      return server.asked
    }
    let body = try #require(asked.first?.components(separatedBy: "\r\n\r\n").last)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    return try #require((json["Messages"] as? [[String: Any]])?.first)
  }

  @Test(
    "a subject is one line of at most 255 characters for any title",
    arguments: [
      "Plan\r\nBcc: evil@example.com", String(repeating: "long ", count: 80), "   ",
      String(repeating: "नि", count: 120), String(repeating: "👨‍👩‍👧‍👦", count: 100),
    ])
  func subject(title: String) async throws {
    let message = try await sent(try compose(title))
    let subject = try #require(message["Subject"] as? String)
    #expect(subject.hasPrefix("Your care plan: ") && subject.utf16.count <= 255)
    #expect(!subject.unicodeScalars.contains { $0.isBreak } && !subject.contains("\u{FFFD}"))
    #expect(message["CustomID"] as? String == "c-1")
    for tracking in ["TrackClicks", "TrackOpens"] { #expect(message[tracking] as? String == "disabled") }
  }

  @Test("a name is one line too, and a blank name is left out")
  func name() async throws {
    let message = try await sent(try compose("Plan", name: "Eve\r\nBcc: evil@example.com"))
    let to = try #require((message["To"] as? [[String: Any]])?.first)
    #expect(to["Name"] as? String == "Eve Bcc: evil@example.com" && to["Email"] as? String == "asha@example.com")
    #expect(try compose("Plan", name: " \u{0} ").name == nil)
  }

  @Test("an attachment's name is no path and no header")
  func attachment() {
    let named = MailAttachment(name: "../a\\b\"\r\nX: y.html", mediaType: "text/html", content: "")
    #expect(named.name == "..-a-b- X: y.html")
  }

  @Test(
    "a pause that Mailjet requests is kept up to an hour",
    arguments: [
      ("7", Duration.seconds(7)), ("-7", .zero), ("99999999999999999999", .zero),
      ("9223372036854775807", .seconds(3_600)),
      ("nan", .zero), ("1e300", .zero), ("Wed, 21 Oct 2026 07:28:00 GMT", .zero),
    ])
  func pauses(header: String, pause: Duration) async throws {
    let answer = CannedServer.Answer(status: 429, headers: ["Retry-After: \(header)"], body: "{}")
    try await CannedServer.with([answer]) { _, url in
      await #expect(throws: MailError.unavailable(code: "mailjet_429", after: pause)) {
        try await mailer(url).send(try compose("Plan"))
      }
    }
  }

  @Test(
    "an unreadable answer is no success, and the mail may have been accepted",
    arguments: ["", "[]", #"{"Messages":[]}"#, #"{"Messages":[{}]}"#])
  func malformed(body: String) async throws {
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      await #expect(throws: MailError.unconfirmed(code: "mailjet_malformed", isAnswered: false)) {
        try await mailer(url).send(try compose("Plan"))
      }
    }
  }

  private static func refused(_ code: String, _ status: Int, _ related: String) -> String {
    #"{"Messages":[{"Status":"error","Errors":[{"ErrorCode":"\#(code)","StatusCode":\#(status),"#
      + #""ErrorRelatedTo":["\#(related)"]}]}]}"#
  }

  @Test(
    "each refusal has its own outcome",
    arguments: [
      (400, refused("mj-0013", 400, "To[0].Email"), MailError.rejected(code: "mailjet_mj-0013")),
      (200, refused("mj-0013", 400, "To[0].Email"), .rejected(code: "mailjet_mj-0013")),
      (400, refused("mj/<b>", 400, "Subject"), .rejected(code: "mailjet_mjb")),
      (400, refused("send-0008", 403, "From"), .misconfigured(code: "mail_from_refused")),
      (400, refused("mj-0001", 401, ""), .misconfigured(code: "mailjet_api_key_refused")),
      (200, refused("send-0001", 429, ""), .unavailable(code: "mailjet_429", after: .zero)),
      (200, refused("send-0001", 500, ""), .unconfirmed(code: "mailjet_send-0001", isAnswered: true)),
      (400, #"{"Messages":[{"Status":"error","Errors":[{"ErrorCode":7}]}]}"#, .rejected(code: "mailjet_error")),
      (400, "{}", .misconfigured(code: "mailjet_400")), (402, "{}", .misconfigured(code: "mailjet_402")),
      (413, "", .rejected(code: "mailjet_413")),
      (401, "{}", .misconfigured(code: "mailjet_api_key_refused")),
      (403, "{}", .misconfigured(code: "mailjet_api_key_refused")),
      (404, "{}", .misconfigured(code: "mailjet_404")),
      (500, "{}", .unconfirmed(code: "mailjet_500", isAnswered: true)),
      (503, "{}", .unconfirmed(code: "mailjet_503", isAnswered: true)),
      (502, "{}", .unconfirmed(code: "mailjet_502", isAnswered: false)),
      (504, "", .unconfirmed(code: "mailjet_504", isAnswered: false)),
      (408, "", .unconfirmed(code: "mailjet_408", isAnswered: false)),
    ] as [(Int, String, MailError)])
  func refusals(status: Int, body: String, error: MailError) async throws {
    try await CannedServer.with([CannedServer.Answer(status: status, body: body)]) { _, url in
      await #expect(throws: error) { try await mailer(url).send(try compose("Plan")) }
    }
  }

  @Test(
    "an answer that is lost leaves the mail unconfirmed, and a request that was never sent does not",
    arguments: [
      (.broken, MailError.unconfirmed(code: "mailjet_unreachable", isAnswered: false)),
      (.timeout(sent: true), .unconfirmed(code: "mailjet_unreachable", isAnswered: false)),
      (.cancelled, .unconfirmed(code: "mailjet_unreachable", isAnswered: false)),
      (.tooLarge, .unconfirmed(code: "mailjet_unreachable", isAnswered: false)),
      (.connect, .unavailable(code: "mailjet_unreachable", after: .zero)),
      (.timeout(sent: false), .unavailable(code: "mailjet_unreachable", after: .zero)),
      (.overloaded, .unavailable(code: "mailjet_unreachable", after: .zero)),
      (.circuitOpen(retryAfter: .seconds(7)), .unavailable(code: "mailjet_unreachable", after: .seconds(7))),
    ] as [(TransportError, MailError)])
  func lost(failure: TransportError, error: MailError) async throws {
    let mailer = MailjetMailer(
      http: FailingSender(error: failure), baseURL: "http://127.0.0.1", apiKey: "k", apiSecret: "s",
      from: "care@example.com", name: "Talktime")
    await #expect(throws: error) { try await mailer.send(try compose("Plan")) }
  }

  @Test(
    "a question about a mail is answered, or can be asked again",
    arguments: [
      (200, #"{"Count":1}"#, true, nil), (200, #"{"Count":0}"#, false, nil),
      (200, "{}", nil, .unavailable(code: "mailjet_malformed", after: .zero)),
      (401, "{}", nil, .misconfigured(code: "mailjet_api_key_refused")),
      (400, "{}", nil, .unavailable(code: "mailjet_400", after: .zero)),
      (500, "{}", nil, .unavailable(code: "mailjet_500", after: .zero)),
    ] as [(Int, String, Bool?, MailError?)])
  func questions(status: Int, body: String, isAccepted: Bool?, error: MailError?) async throws {
    try await CannedServer.with([CannedServer.Answer(status: status, body: body)]) { _, url in
      let found: Result<Bool, MailError>
      do throws(MailError) {
        found = .success(try await mailer(url).wasAccepted("c-1"))
      } catch {
        found = .failure(error)
      }
      #expect(found == isAccepted.map { .success($0) } ?? error.map { .failure($0) })
    }
  }
}

private struct FailingSender: RequestSender {
  let error: TransportError

  func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int
  ) async throws(TransportError) -> HTTPClientResponse { throw error }
}
