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
    #expect(message["CustomID"] as? String == "c-1" && message["TrackClicks"] as? String == "disabled")
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
      await #expect(throws: MailError.later(code: "mailjet_429", after: pause)) {
        try await mailer(url).send(try compose("Plan"))
      }
    }
  }

  @Test(
    "an unreadable answer is no success", arguments: ["", "[]", #"{"Messages":[]}"#, #"{"Messages":[{}]}"#])
  func malformed(body: String) async throws {
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      await #expect(throws: MailError.later(code: "mailjet_malformed", after: .zero)) {
        try await mailer(url).send(try compose("Plan"))
      }
    }
  }
}
