import Application
import Domain
import FoundationEssentials
import Mustache

/// Composes the mails, each as text and as HTML, from the templates in this module. Mustache escapes the values
/// inserted into HTML.
public struct MustacheMailComposer: MailComposer {
  private let verification, document, carePlan, carePlanReady, paymentReturned, googleLinked, newDevice: MailTemplate
  private let passwordReset, passwordChanged, emailChange, emailUndo, reauthentication: MailTemplate
  private let secondFactorAdded, secondFactorRemoved: MailTemplate
  private let passkeyAdded, passkeyRemoved, waysInRemoved, lowBalance, balanceRecovered: MailTemplate

  /// - Throws: an error if a template cannot be read.
  public init() throws {
    verification = try MailTemplate(
      text: PackageResources.verification_text_mustache, html: PackageResources.verification_html_mustache)
    passwordReset = try MailTemplate(
      text: PackageResources.password_reset_text_mustache, html: PackageResources.password_reset_html_mustache)
    passwordChanged = try MailTemplate(
      text: PackageResources.password_changed_text_mustache, html: PackageResources.password_changed_html_mustache)
    emailChange = try MailTemplate(
      text: PackageResources.email_change_text_mustache, html: PackageResources.email_change_html_mustache)
    emailUndo = try MailTemplate(
      text: PackageResources.email_undo_text_mustache, html: PackageResources.email_undo_html_mustache)
    reauthentication = try MailTemplate(
      text: PackageResources.reauthentication_text_mustache, html: PackageResources.reauthentication_html_mustache)
    document = try MailTemplate(
      text: PackageResources.document_text_mustache, html: PackageResources.document_html_mustache)
    carePlan = try MailTemplate(
      text: PackageResources.care_plan_text_mustache, html: PackageResources.care_plan_html_mustache)
    carePlanReady = try MailTemplate(
      text: PackageResources.care_plan_ready_text_mustache, html: PackageResources.care_plan_ready_html_mustache)
    paymentReturned = try MailTemplate(
      text: PackageResources.payment_returned_text_mustache, html: PackageResources.payment_returned_html_mustache)
    googleLinked = try MailTemplate(
      text: PackageResources.google_linked_text_mustache, html: PackageResources.google_linked_html_mustache)
    newDevice = try MailTemplate(
      text: PackageResources.new_device_text_mustache, html: PackageResources.new_device_html_mustache)
    secondFactorAdded = try MailTemplate(
      text: PackageResources.second_factor_added_text_mustache,
      html: PackageResources.second_factor_added_html_mustache)
    secondFactorRemoved = try MailTemplate(
      text: PackageResources.second_factor_removed_text_mustache,
      html: PackageResources.second_factor_removed_html_mustache)
    passkeyAdded = try MailTemplate(
      text: PackageResources.passkey_added_text_mustache, html: PackageResources.passkey_added_html_mustache)
    passkeyRemoved = try MailTemplate(
      text: PackageResources.passkey_removed_text_mustache, html: PackageResources.passkey_removed_html_mustache)
    lowBalance = try MailTemplate(
      text: PackageResources.low_balance_text_mustache, html: PackageResources.low_balance_html_mustache)
    balanceRecovered = try MailTemplate(
      text: PackageResources.balance_recovered_text_mustache,
      html: PackageResources.balance_recovered_html_mustache)
    waysInRemoved = try MailTemplate(
      text: PackageResources.ways_in_removed_text_mustache, html: PackageResources.ways_in_removed_html_mustache)
  }

  public func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail {
    let name = recipient.name ?? "there"
    switch content {
    case .verification(let link, let code):
      return mail("Confirm your e-mail address", verification, ["link": link, "code": code.shown], recipient, customID)
    case .accountLink(let purpose, let link, let code):
      let (subject, template) = accountLink(purpose)
      return mail(subject, template, ["link": link, "code": code?.shown ?? ""], recipient, customID)
    case .passwordChanged(let link):
      return mail("Your password was changed", passwordChanged, ["link": link], recipient, customID)
    case .document(let taxDocument, let page, let link):
      return mail(
        Self.subject(taxDocument), document, Self.values(taxDocument, name, link), recipient, customID,
        [MailAttachment(name: taxDocument.fileName, mediaType: "text/html", content: page)])
    case .carePlan(let plan, let link):
      return mail(
        "Your care plan: \(plan.title)", carePlan, Self.values(plan, name: name, link: link), recipient, customID)
    case .carePlanReady(let isCrisis, let link):
      var values = ["name": name, "link": link, "notice": CarePlan.notice]
      if isCrisis { values["crisisHelp"] = CarePlan.crisisHelp }
      return mail("Your care plan is ready", carePlanReady, values, recipient, customID)
    case .googleLinked(let link):
      return mail(
        "Google sign-in was added to your account", googleLinked, ["name": name, "link": link], recipient, customID)
    case .newDevice(let device, let link):
      return mail(
        "A new sign-in to your account", newDevice,
        [
          "name": name, "link": link, "network": device.network ?? "not known",
          "browser": BrowserName.of(userAgent: device.userAgent),
          "time": Date(timeIntervalSince1970: Double(device.signedInAt)).ISO8601Format(),
        ], recipient, customID)
    case .secondFactorChanged(let isAdded, let link):
      return mail(
        isAdded ? "Two-step sign-in is on" : "Two-step sign-in is off",
        isAdded ? secondFactorAdded : secondFactorRemoved, ["name": name, "link": link], recipient, customID)
    case .passkeyChanged(let change, let link):
      return mail(
        "A passkey was \(change.rawValue)", change == .added ? passkeyAdded : passkeyRemoved,
        ["name": name, "link": link], recipient, customID)
    case .waysInRemoved(let change, let link):
      return mail(
        "Ways to sign in were removed from your account", waysInRemoved, Self.values(change, link), recipient, customID)
    case .paymentReturned(let money, let payment):
      return mail(
        "Your payment of \(money.written) went back", paymentReturned,
        ["name": name, "amount": money.written, "payment": payment], recipient, customID)
    case .lowBalance(let left, let link):
      var values = ["name": name, "link": link]
      if left > .zero { values["left"] = Self.minutes(left) }
      return mail(
        values["left"].map { "\($0) of talk time left" } ?? "Your talk time is used up", lowBalance, values, recipient,
        customID)
    case .balanceRecovered(let left, let link):
      let time = Self.minutes(left)
      return mail(
        "You have \(time) of talk time again", balanceRecovered, ["name": name, "left": time, "link": link], recipient,
        customID)
    }
  }

  private func mail(
    _ subject: String, _ template: MailTemplate, _ values: [String: Any], _ recipient: Recipient, _ customID: String,
    _ attachments: [MailAttachment] = []
  ) -> OutgoingMail {
    OutgoingMail(
      to: recipient.email, name: recipient.name, subject: subject, text: template.text(values),
      html: template.html(values), customID: customID, attachments: attachments)
  }

  private func accountLink(_ purpose: MailedAccountLinkPurpose) -> (subject: String, MailTemplate) {
    switch purpose {
    case .verifyEmail: ("Confirm your e-mail address", verification)
    case .resetPassword: ("Choose a new password", passwordReset)
    case .changeEmail: ("Confirm your new e-mail address", emailChange)
    case .undoEmailChange: ("Your account has another e-mail address", emailUndo)
    case .reauthenticate: ("Your code for Talktime", reauthentication)
    }
  }

  /// Without the name, which a stranger may have chosen before the owner proved the address.
  private static func values(_ change: WaysInRemovedMailPayload, _ link: String) -> [String: Any] {
    let passkeys = change.passkeys == 1 ? "a passkey" : "\(change.passkeys) passkeys"
    let removed =
      (change.passkeys > 0 ? [passkeys] : [])
      + (change.authenticatorApp ? ["the authenticator app with its recovery codes"] : [])
      + (change.google ? ["the link with Google"] : [])
    let why =
      switch change.cause {
      case .passwordReset:
        "the password was chosen anew by a link that was mailed to you. Whoever knew the old one may have added what "
          + "follows shortly before."
      case .emailChangeUndone: "the change of your address was undone. Whoever made it may have added what follows."
      case .claimed: "the account was somebody else's until you proved the address. What follows may be theirs."
      case .byOperator: "we were asked for it, since what follows was lost."
      }
    return ["link": link, "why": why, "removed": removed.map { ["what": $0] }]
  }

  private static func subject(_ taxDocument: TaxDocument) -> String {
    switch taxDocument.kind {
    case .receipt: "Your talk time is here: \(taxDocument.title.lowercased()) \(taxDocument.number)"
    case .creditNote: "Your credit note \(taxDocument.number)"
    case .debitNote: "Your refund came back: debit note \(taxDocument.number)"
    }
  }

  private static func values(_ plan: CarePlan, name: String, link: String) -> [String: Any] {
    var values: [String: Any] = [
      "name": name, "title": plan.title, "summary": plan.summary, "link": link, "notice": CarePlan.notice,
      "concerns": plan.concerns, "hasConcerns": !plan.concerns.isEmpty,
      "goals": plan.goals, "hasGoals": !plan.goals.isEmpty,
      "steps": plan.steps.map { step in
        var values = ["title": step.title, "detail": step.detail]
        values["due"] = step.due?.description
        return values
      },
      "seek": plan.seekHelpIf, "hasSeek": !plan.seekHelpIf.isEmpty,
    ]
    values["followUp"] = plan.followUp
    if plan.isCrisis { values["crisisHelp"] = CarePlan.crisisHelp }
    return values
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
    // Mails about returned money do not state the talk time.
    if taxDocument.kind == .receipt { values["minutes"] = minutes(taxDocument.talkTime) }
    if taxDocument.kind == .creditNote { values["receipt"] = taxDocument.credit?.receipt.text }
    values["creditNote"] = taxDocument.reversal?.creditNote.text
    if !taxDocument.taxLines.isEmpty { values["taxable"] = Money(taxDocument.taxable, taxDocument.currency).written }
    return values
  }
}

/// One mail in both forms.
private struct MailTemplate {
  private let text, html, frame: MustacheTemplate

  /// Plain text is not escaped, since it contains no markup.
  init(text: [UInt8], html: [UInt8]) throws {
    self.text = try MustacheTemplate(string: "{{%CONTENT_TYPE: TEXT}}" + Self.string(text))
    self.html = try MustacheTemplate(string: Self.string(html))
    frame = try MustacheTemplate(string: Self.string(PackageResources.frame_html_mustache))
  }

  func text(_ values: [String: Any]) -> String { text.render(values) }
  func html(_ values: [String: Any]) -> String { frame.render(["body": html.render(values)]) }

  /// A file ends with a line break; a mail does not.
  private static func string(_ file: [UInt8]) -> String { String(decoding: file.dropLast(), as: UTF8.self) }
}
