import Application
import Domain
import Mustache

/// The mails, each as text and as HTML. Mustache escapes what it puts into HTML.
public struct MailTemplates: ComposesMail {
  private let verification, receipt, carePlan: MailTemplate

  /// - Throws: where a template cannot be read.
  public init() throws {
    verification = try MailTemplate(text: verificationText, html: verificationHTML)
    receipt = try MailTemplate(text: receiptText, html: receiptHTML)
    carePlan = try MailTemplate(text: carePlanText, html: carePlanHTML)
  }

  public func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail {
    let name = recipient.name ?? "there"
    switch content {
    case .verification(let link):
      return mail("Confirm your e-mail address", verification, ["name": name, "link": link], recipient, customID)
    case .receipt(let talkTime, let money, let order, let payment):
      return mail(
        "Your talk time is here", receipt,
        [
          "name": name, "minutes": Self.minutes(talkTime), "price": Self.price(money), "order": order,
          "payment": payment,
        ], recipient, customID)
    case .carePlan(let plan, let link):
      return mail(
        "Your care plan: \(plan.title)", carePlan,
        [
          "name": name, "title": plan.title, "summary": plan.summary, "link": link,
          "steps": plan.steps.map { ["title": $0.title, "detail": $0.detail] }, "seek": plan.seekHelpIf,
          "hasSeek": !plan.seekHelpIf.isEmpty,
        ], recipient, customID)
    }
  }

  private func mail(
    _ subject: String, _ template: MailTemplate, _ values: [String: Any], _ recipient: Recipient, _ customID: String
  ) -> OutgoingMail {
    OutgoingMail(
      to: recipient.email, name: recipient.name, subject: subject, text: template.text.render(values),
      html: template.html.render(values), customID: customID)
  }

  private static func minutes(_ time: TalkTime) -> String {
    let seconds = time.milliseconds / 1_000
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
  }

  private static func price(_ money: Money) -> String {
    let rest = money.amount.count % 100
    return "\(money.currency.code) \(money.amount.count / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

private struct MailTemplate {
  let text: MustacheTemplate
  let html: MustacheTemplate

  /// Plain text is not escaped: there is nothing in it to be misread.
  init(text: String, html: String) throws {
    self.text = try MustacheTemplate(string: "{{%CONTENT_TYPE: TEXT}}" + text)
    self.html = try MustacheTemplate(string: frame.replacing("BODY", with: html))
  }
}

private let frame = """
  <!doctype html><html lang="en"><head><meta charset="utf-8"></head>
  <body style="margin:0;background:#f4f5f8"><div style="max-width:34rem;margin:0 auto;padding:2rem 1.5rem;\
  font:16px/1.6 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1b2333;background:#fff">BODY
  <p style="color:#5a6478;font-size:13px;margin-top:2.5rem">Talktime</p></div></body></html>
  """

private let verificationText = """
  Hello {{name}},

  please confirm that this is your e-mail address:

  {{link}}

  The link is good for a day. If you did not sign up, do nothing.
  """

private let verificationHTML = """
  <h1 style="font-size:1.4rem">Confirm your e-mail address</h1><p>Hello {{name}},</p>
  <p><a href="{{link}}" style="display:inline-block;padding:.7rem 1.2rem;border-radius:8px;background:#2347d9;\
  color:#fff;text-decoration:none">Yes, this is my address</a></p>
  <p>The link is good for a day. If you did not sign up, do nothing.</p>
  """

private let receiptText = """
  Hello {{name}},

  thank you. {{minutes}} of talk time are in your account.

  Paid: {{price}}
  Order: {{order}}
  Payment: {{payment}}
  """

private let receiptHTML = """
  <h1 style="font-size:1.4rem">Your talk time is here</h1><p>Hello {{name}},</p>
  <p>thank you. <strong>{{minutes}}</strong> of talk time are in your account.</p>
  <p>Paid: {{price}}<br>Order: {{order}}<br>Payment: {{payment}}</p>
  """

private let carePlanText = """
  Hello {{name}},

  {{title}}

  {{summary}}

  {{#steps}}
  - {{title}}: {{detail}}
  {{/steps}}
  {{#hasSeek}}

  Seek help if:
  {{#seek}}
  - {{.}}
  {{/seek}}
  {{/hasSeek}}

  Read it again: {{link}}
  """

private let carePlanHTML = """
  <h1 style="font-size:1.4rem">{{title}}</h1><p>Hello {{name}},</p><p>{{summary}}</p>
  <ol>{{#steps}}<li style="margin-bottom:.6rem"><strong>{{title}}</strong><br>{{detail}}</li>{{/steps}}</ol>
  {{#hasSeek}}<h2 style="font-size:1.1rem">Seek help if</h2><ul>{{#seek}}<li>{{.}}</li>{{/seek}}</ul>{{/hasSeek}}
  <p><a href="{{link}}">Read it again</a></p>
  """
