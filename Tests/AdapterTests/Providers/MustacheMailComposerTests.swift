import Application
import Domain
import Foundation
import MailTemplatesAdapter
import Testing

@Suite("The texts of mails")
struct MustacheMailComposerTests {
  private func compose(_ content: MailContent, name: String? = "Asha & Ravi") throws -> OutgoingMail {
    let recipient = Recipient(userID: UserID(UUID()), email: "asha@example.com", name: name, verified: true)
    return try MustacheMailComposer().compose(content, for: recipient, customID: "c-1")
  }

  private func plan(_ title: String, seek: [String] = []) throws -> CarePlan {
    try #require(
      CarePlan(
        title: title, summary: "<b>You</b> sleep badly.",
        steps: [
          CarePlan.Step(title: "No screens", detail: "An hour."),
          CarePlan.Step(title: "Walk", detail: "Daily & slowly."),
        ], seekHelpIf: seek))
  }

  private func check(_ content: MailContent, _ name: String) throws {
    let mail = try compose(content)
    try Golden.check("\(mail.subject)\n\n\(mail.text)", "\(name).txt")
    try Golden.check(mail.html, "\(name).html")
  }

  @Test("the mails equal the golden files")
  func golden() throws {
    try check(.verification(link: "https://talk.example/#verify=x&y=1", code: MailedCode(1_234)), "verification")
    try check(.googleLinked(link: "https://talk.example/"), "google-linked")
    let signIn = NewDeviceSignedIn(
      userID: UserID(UUID()), deviceID: "d1", network: "203.0.113.0/24", userAgent: "<b>Browser</b> & more",
      signedInAt: 1_795_500_000)
    try check(.newDevice(NewDeviceMailPayload(signIn), link: "https://talk.example/#forgot"), "new-device")
    for isAdded in [true, false] {
      try check(
        .secondFactorChanged(isAdded: isAdded, link: "https://talk.example/#forgot"),
        "second-factor-\(isAdded ? "added" : "removed")")
    }
    for change in PasskeyChange.allCases {
      try check(.passkeyChanged(change, link: "https://talk.example/"), "passkey-\(change.rawValue)")
    }
    for cause in WaysInRemovalCause.allCases {
      let removed = WaysInRemoved(
        userID: UserID(UUID()), changeID: "c1", cause: cause, passkeys: cause == .passwordReset ? 2 : 1,
        authenticatorApp: cause == .passwordReset, google: cause != .byOperator)
      try check(
        .waysInRemoved(WaysInRemovedMailPayload(removed), link: "https://talk.example/"),
        "ways-in-removed-\(cause.rawValue)")
    }
    for purpose in [MailedAccountLinkPurpose.resetPassword, .changeEmail, .undoEmailChange, .reauthenticate] {
      let code = purpose.hasCode ? MailedCode(12_345_678) : nil
      try check(.accountLink(purpose, link: "https://talk.example/#x=x&y=1", code: code), purpose.rawValue)
    }
    try check(.passwordChanged(link: "https://talk.example/#forgot"), "password-changed")
    try check(.paymentReturned(Money(Paise(19_900), .inr), paymentID: "pay_2"), "payment-returned")
    try check(.lowBalance(.seconds(100), link: "https://talk.example/"), "low-balance")
    try check(.lowBalance(.zero, link: "https://talk.example/"), "low-balance-none")
    try check(.balanceRecovered(.seconds(750), link: "https://talk.example/"), "balance-recovered")
    try check(.carePlan(try plan("Sleep & rest"), link: "https://talk.example/#plan=x"), "care-plan")
    let urgent = try plan("Sleep & rest", seek: ["it lasts > 2 weeks", "you cannot breathe"])
    try check(.carePlan(urgent, link: "https://talk.example/#plan=x"), "care-plan-urgent")
    let whole = CarePlan(
      title: "Sleep & rest", summary: "You sleep badly.", concerns: ["The <nights>", "Work"], goals: ["Seven hours"],
      steps: [
        CarePlan.Step(title: "No screens", detail: "An hour.", due: CalendarDate("2026-12-05")),
        CarePlan.Step(title: "Walk", detail: "Daily & slowly."),
      ], followUp: "In a week", seekHelpIf: ["it lasts"])
    try check(.carePlan(try #require(whole), link: "https://talk.example/#plan=x"), "care-plan-whole")
    let crisis = try plan("Sleep & rest").withCrisisHelp(true)
    try check(.carePlan(crisis, link: "https://talk.example/#plan=x"), "care-plan-crisis")
    for isCrisis in [false, true] {
      try check(
        .carePlanReady(isCrisis: isCrisis, link: "https://talk.example/#plan=x"),
        isCrisis ? "care-plan-ready-crisis" : "care-plan-ready")
    }
    let text = try #require(CarePlan(text: "Walk daily."))
    try check(.carePlan(text, link: "https://talk.example/#plan=x"), "care-plan-text")
    for (name, document) in try SampleDocuments.all {
      try check(.document(document, page: "<p>page</p>", link: "https://talk.example/#receipt=x"), "mail-\(name)")
    }
  }

  @Test("a returned amount is named in rupees, in both forms of the mail")
  func paymentReturned() throws {
    let mail = try compose(.paymentReturned(Money(Paise(19_900), .inr), paymentID: "pay_2"), name: "<b>Asha</b>")
    #expect(mail.subject == "Your payment of ₹199.00 went back")
    for text in [mail.text, mail.html] { #expect(text.contains("₹199.00") && text.contains("pay_2")) }
    #expect(mail.text.contains("<b>Asha</b>") && !mail.html.contains("<b>Asha</b>"))
  }

  @Test("a mail that may go to an unproven address has no text that a stranger chose")
  func unproven() throws {
    let contents =
      [MailContent.verification(link: "l", code: MailedCode(1))]
      + [.resetPassword, .changeEmail, .undoEmailChange, .reauthenticate].map {
        .accountLink($0, link: "l", code: MailedCode(1))
      }
      + WaysInRemovalCause.allCases.map {
        .waysInRemoved(
          WaysInRemovedMailPayload(
            WaysInRemoved(
              userID: UserID(UUID()), changeID: "c", cause: $0, passkeys: 1, authenticatorApp: true, google: true)),
          link: "l")
      }
    for content in contents {
      let mail = try compose(content, name: "Asha of evil.example")
      for text in [mail.subject, mail.text, mail.html] { #expect(!text.contains("evil.example")) }
    }
  }

  @Test("text from others is escaped in a mail's HTML")
  func escaped() throws {
    let mail = try compose(.carePlan(try plan("<img src=x onerror=y>"), link: "l"), name: "<script>z</script>")
    #expect(!mail.html.contains("<img") && !mail.html.contains("<script>") && mail.html.contains("&lt;b&gt;You"))
  }
}
