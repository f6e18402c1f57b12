import FoundationEssentials
import Hummingbird

/// The mails that were sent.
actor MailjetOutbox {
  struct Mail: Sendable {
    let id: Int
    let uuid: String
    let message: JSON
    let to: String
    let sentAt = Date()

    var json: JSON {
      [
        "to": .string(to), "from": message["From"]?["Email"] ?? .null, "subject": message["Subject"] ?? "",
        "text": message["TextPart"] ?? "", "html": message["HTMLPart"] ?? "", "custom_id": message["CustomID"] ?? .null,
        "attachments": message["Attachments"] ?? [], "sent_at": .string(timestamp(sentAt)),
        "message_id": .string(String(id)),
      ]
    }
  }

  private var mails: [Mail] = []
  /// Whether the look-up knows the mails: Mailjet's may lag behind.
  private var isListed = true

  func list(_ isListed: Bool) { self.isListed = isListed }

  func add(_ message: JSON, to: String) -> Mail {
    let mail = Mail(
      id: 576_460_752_303_423_488 + mails.count, uuid: UUID().uuidString.lowercased(), message: message, to: to)
    mails.append(mail)
    return mail
  }

  func all(to: String?) -> [Mail] {
    mails.reversed().filter { to == nil || $0.to.lowercased() == to?.lowercased() }
  }

  func count(customID: String) -> Int {
    isListed ? mails.count { $0.message["CustomID"]?.string == customID } : 0
  }

  func mail(_ id: String) -> Mail? { mails.last { String($0.id) == id || $0.message["CustomID"]?.string == id } }
}

/// Mailjet's send API v3.1, the lookup by CustomID, and the inbox.
struct MailjetRoutes: Sendable {
  let outbox: MailjetOutbox
  let settings: Settings
  let queue: WebhookQueue

  func add(to api: RouterGroup<SandboxContext>) {
    api.get("inbox") { request, _ in Response.html(inboxPage(await outbox.all(to: request.query("to")))) }
    api.post("v3.1/send") { request, _ in
      try check(request)
      guard let messages = try await request.json()?["Messages"]?.array, (1...50).contains(messages.count) else {
        throw failure(.badRequest, "Messages must hold 1 to 50 messages")
      }
      var answers: [JSON] = []
      for message in messages { answers.append(await send(message)) }
      // Mailjet answers 400 if it refuses every message.
      let isRefused = answers.allSatisfy { $0["Status"]?.string == "error" }
      return Response.json(["Messages": .array(answers)], status: isRefused ? .badRequest : .ok)
    }
    api.get("v3/REST/message") { request, _ in
      try check(request)
      let count = await outbox.count(customID: request.query("CustomID") ?? "")
      return Response.json(["Count": .int(count), "Total": .int(count), "Data": []])
    }
  }

  func addControls(to control: RouterGroup<SandboxContext>) {
    control.get("inbox") { request, _ in
      Response.json(["items": .array(await outbox.all(to: request.query("to")).map(\.json))])
    }
    control.put("listing") { request, _ in
      await outbox.list(try await request.instructions()["enabled"]?.bool ?? true)
      return Response.noContent
    }
    control.post("events") { request, _ in
      let body = try await request.instructions()
      let event: JSON = (["event": "sent", "time": .int(unixNow())] as JSON).merged(with: body)
      queue.send(
        OutgoingWebhook(
          provider: .mailjet, id: identifier("mj_", length: 12), name: event["event"]?.string ?? "sent",
          address: settings.mailjetWebhookURL, headers: [("content-type", "application/json")],
          body: JSON.array([event]).bytes))
      return Response.noContent
    }
  }

  private func send(_ message: JSON) async -> JSON {
    guard message["From"]?["Email"]?.string != nil, let recipients = message["To"]?.array, !recipients.isEmpty,
      recipients.allSatisfy({ $0["Email"]?.string?.contains("@") == true })
    else {
      return [
        "Status": "error",
        "Errors": [
          [
            "ErrorIdentifier": .string(UUID().uuidString.lowercased()), "ErrorCode": "mj-0013", "StatusCode": 400,
            "ErrorMessage": "\"\" is an invalid email address.", "ErrorRelatedTo": ["To[0].Email"],
          ]
        ],
      ]
    }
    var sent: [JSON] = []
    for recipient in recipients {
      let address = recipient["Email"]?.string ?? ""
      let mail = await outbox.add(message, to: address)
      sent.append([
        "Email": .string(address), "MessageUUID": .string(mail.uuid), "MessageID": .int(mail.id),
        "MessageHref": .string("https://api.mailjet.com/v3/REST/message/\(mail.id)"),
      ])
    }
    return [
      "Status": "success", "CustomID": message["CustomID"] ?? "", "To": .array(sent), "Cc": [], "Bcc": [],
    ]
  }

  private func check(_ request: Request) throws {
    guard let given = basicCredentials(request.headers[.authorization]), given.name == settings.mailjetAPIKey,
      given.secret == settings.mailjetAPISecret
    else { throw failure(.unauthorized, "API key authentication/authorization failure.") }
  }

  private func failure(_ status: HTTPResponse.Status, _ message: String) -> ProviderFailure {
    ProviderFailure(status: status, body: ["ErrorMessage": .string(message), "StatusCode": .int(status.code)])
  }
}

/// The mails, newest first, as their recipient would read them.
private func inboxPage(_ mails: [MailjetOutbox.Mail]) -> String {
  let items = mails.map { mail in
    let json = mail.json
    return """
      <article><h2>\(escaped(json["subject"]?.string ?? ""))</h2><p>to \(escaped(mail.to)), \
      \(escaped(timestamp(mail.sentAt)))</p><pre>\(escaped(json["text"]?.string ?? ""))</pre></article>
      """
  }
  return """
    <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Inbox (sandbox)</title>
    <style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
    article{border:1px solid #ccd;border-radius:8px;padding:1rem;margin:1rem 0}h2{margin:0;font-size:1.1rem}
    pre{white-space:pre-wrap;font:inherit}</style></head><body><h1>Inbox</h1>
    \(items.isEmpty ? "<p>No mail yet.</p>" : items.joined())</body></html>
    """
}
