import Application
import Domain
import Mustache

/// The mails, each as text and as HTML. Mustache escapes what it puts into HTML.
public struct MailTemplates: MailComposer {
  private let verification, document, carePlan, paymentReturned: MailTemplate

  /// - Throws: where a template cannot be read.
  public init() throws {
    verification = try MailTemplate(text: verificationText, html: verificationHTML)
    document = try MailTemplate(text: documentText, html: documentHTML)
    carePlan = try MailTemplate(text: carePlanText, html: carePlanHTML)
    paymentReturned = try MailTemplate(text: paymentReturnedText, html: paymentReturnedHTML)
  }

  public func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail {
    let name = recipient.name ?? "there"
    switch content {
    case .verification(let link):
      return mail("Confirm your e-mail address", verification, ["name": name, "link": link], recipient, customID)
    case .document(let taxDocument, let page, let link):
      return mail(
        Self.subject(taxDocument), document, Self.values(taxDocument, name, link), recipient, customID,
        [MailAttachment(name: taxDocument.fileName, mediaType: "text/html", content: page)])
    case .carePlan(let plan, let link):
      return mail(
        "Your care plan: \(plan.title)", carePlan,
        [
          "name": name, "title": plan.title, "summary": plan.summary, "link": link,
          "steps": plan.steps.map { ["title": $0.title, "detail": $0.detail] }, "seek": plan.seekHelpIf,
          "hasSeek": !plan.seekHelpIf.isEmpty,
        ], recipient, customID)
    case .paymentReturned(let money, let payment):
      return mail(
        "Your payment of \(money.written) went back", paymentReturned,
        ["name": name, "amount": money.written, "payment": payment], recipient, customID)
    }
  }

  private func mail(
    _ subject: String, _ template: MailTemplate, _ values: [String: Any], _ recipient: Recipient, _ customID: String,
    _ attachments: [MailAttachment] = []
  ) -> OutgoingMail {
    OutgoingMail(
      to: recipient.email, name: recipient.name, subject: subject, text: template.text.render(values),
      html: template.html.render(values), customID: customID, attachments: attachments)
  }

  private static func subject(_ taxDocument: TaxDocument) -> String {
    switch taxDocument.kind {
    case .receipt: "Your talk time is here: \(taxDocument.title.lowercased()) \(taxDocument.number)"
    case .creditNote: "Your credit note \(taxDocument.number)"
    case .debitNote: "Your refund came back: debit note \(taxDocument.number)"
    }
  }

  private static func minutes(_ time: TalkTime) -> String {
    let seconds = time.milliseconds / 1_000
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
  }

  private static func values(_ taxDocument: TaxDocument, _ name: String, _ link: String) -> [String: Any] {
    var values: [String: Any] = [
      "name": name, "link": link, "title": taxDocument.title, "number": taxDocument.number.text,
      "total": taxDocument.money.written,
      "taxes": taxDocument.taxLines.map {
        ["kind": $0.kind.rawValue, "amount": Money($0.amount, taxDocument.currency).written] as [String: Any]
      }, "payment": taxDocument.paymentID,
    ]
    // What a mail about money that went back does not say.
    if taxDocument.kind == .receipt { values["minutes"] = minutes(taxDocument.talkTime) }
    if taxDocument.kind == .creditNote { values["receipt"] = taxDocument.credit?.receipt.text }
    values["creditNote"] = taxDocument.reversal?.creditNote.text
    if !taxDocument.taxLines.isEmpty { values["taxable"] = Money(taxDocument.taxable, taxDocument.currency).written }
    return values
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

private let documentText = """
  Hello {{name}},

  {{#minutes}}
  thank you. {{minutes}} of talk time are in your account.
  {{/minutes}}
  {{#receipt}}
  money of your purchase with receipt {{receipt}} has gone back to you.
  {{/receipt}}
  {{#creditNote}}
  your bank has sent the refund of credit note {{creditNote}} back to us. Its talk time is in your account again.
  {{/creditNote}}

  {{title}}: {{number}}
  {{#taxable}}
  Taxable value: {{taxable}}
  {{/taxable}}
  {{#taxes}}
  {{kind}}: {{amount}}
  {{/taxes}}
  Total: {{total}}
  Payment: {{payment}}

  It is attached, and here: {{link}}
  """

private let documentHTML = """
  <h1 style="font-size:1.4rem">{{title}} {{number}}</h1><p>Hello {{name}},</p>
  {{#minutes}}<p>thank you. <strong>{{minutes}}</strong> of talk time are in your account.</p>{{/minutes}}\
  {{#receipt}}<p>money of your purchase with receipt {{receipt}} has gone back to you.</p>{{/receipt}}\
  {{#creditNote}}<p>your bank has sent the refund of credit note {{creditNote}} back to us. Its talk time is in your \
  account again.</p>{{/creditNote}}
  <p>{{#taxable}}Taxable value: {{taxable}}<br>{{/taxable}}{{#taxes}}{{kind}}: {{amount}}<br>{{/taxes}}<strong>Total: {{total}}</strong><br>\
  Payment: {{payment}}</p>
  <p>It is attached, and <a href="{{link}}">here</a>.</p>
  """

private let paymentReturnedText = """
  Hello {{name}},

  a payment of yours gave you no talk time: its order was paid already, could no longer be paid, or had another price.
  All of it has gone back to where it came from, and you need not do anything. Banks take up to seven working days to
  show it.

  Amount: {{amount}}
  Payment: {{payment}}
  """

private let paymentReturnedHTML = """
  <h1 style="font-size:1.4rem">Your payment went back</h1><p>Hello {{name}},</p>
  <p>a payment of yours gave you no talk time: its order was paid already, could no longer be paid, or had another price. \
  All of it has gone back to where it came from, and you need not do anything. Banks take up to seven working days to \
  show it.</p>
  <p><strong>Amount: {{amount}}</strong><br>Payment: {{payment}}</p>
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
