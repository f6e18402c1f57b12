import Application
import Domain
import Fakes
import Testing

@Suite("Delivering a mail")
struct DeliverMailTests {
  private func deliver(_ desk: MailDesk, attempt: Int = 1, age: Duration = .zero, toUnverified: Bool = false) async
    -> TaskOutcome
  {
    await desk.deliver(
      .verification(link: "https://talk.example/#verify=x"), to: desk.user, customID: "mail-1",
      for: claimed(.verificationMail, "{}", of: desk.user, attempt: attempt, age: age), toUnverified: toUnverified)
  }

  @Test("sends it to the user's address and notes it, once however often it is asked")
  func once() async throws {
    let desk = MailDesk(verified: true)
    for attempt in 1...3 { #expect(await deliver(desk, attempt: attempt) == .completed) }
    let mail = try #require(desk.mailer.accepted.first)
    #expect(desk.mailer.accepted.count == 1)
    #expect(mail.to == "asha@example.com" && mail.name == "Asha" && mail.customID == "mail-1")
    #expect(desk.log.sent == ["mail-1": "message-1"])
    #expect(desk.mailer.questions.isEmpty)
  }

  @Test("a first attempt sends without asking, a later one asks the provider first")
  func asks() async throws {
    let desk = MailDesk(verified: true)
    desk.mailer.fail(.losesAnswer)
    #expect(await deliver(desk) == .retry(code: "mail_timeout", after: .zero))
    #expect(desk.mailer.accepted.count == 1 && desk.log.sent.isEmpty && desk.mailer.questions.isEmpty)
    desk.mailer.fail(.none)
    #expect(await deliver(desk, attempt: 2) == .completed)
    #expect(desk.mailer.questions == ["mail-1"])
    #expect(desk.mailer.accepted.count == 1)
    #expect(desk.log.sent == ["mail-1": nil])
  }

  @Test("a later attempt whose mail the provider does not know sends it")
  func unknown() async throws {
    let desk = MailDesk(verified: true)
    #expect(await deliver(desk, attempt: 2) == .completed)
    #expect(desk.mailer.questions == ["mail-1"] && desk.mailer.accepted.count == 1)
  }

  @Test("while the provider cannot be asked, nothing is sent a second time")
  func doubt() async throws {
    let desk = MailDesk(verified: true)
    desk.mailer.fail(.losesAnswer)
    _ = await deliver(desk)
    desk.mailer.fail(.fails(.later(code: "mail_busy", after: .seconds(60))))
    #expect(await deliver(desk, attempt: 2) == .retry(code: "mail_busy", after: .seconds(60)))
    #expect(desk.mailer.accepted.count == 1)
  }

  @Test("an address that nobody has proven gets none, until it is")
  func unverified() async throws {
    let desk = MailDesk(verified: false)
    guard case .waiting = await deliver(desk) else {
      Issue.record("the mail did not wait")
      return
    }
    #expect(desk.mailer.accepted.isEmpty && desk.log.sent.isEmpty)
    desk.address(verified: true)
    #expect(await deliver(desk) == .completed)
    #expect(desk.mailer.accepted.count == 1)
  }

  @Test("an address that is never proven is looked at less and less often, and in the end no more")
  func neverProven() async throws {
    let desk = MailDesk(verified: false)
    #expect(await deliver(desk) == .waiting(for: .seconds(3_600)))
    #expect(await deliver(desk, age: .seconds(8 * 3_600)) == .waiting(for: .seconds(2 * 3_600)))
    #expect(await deliver(desk, age: .seconds(20 * 86_400)) == .waiting(for: .seconds(86_400)))
    #expect(await deliver(desk, age: .seconds(30 * 86_400)) == .failed(code: "address_unproven"))
    #expect(desk.mailer.accepted.isEmpty && desk.log.sent.isEmpty)
  }

  @Test("a mail that may go to an unproven address does")
  func toUnverified() async throws {
    let desk = MailDesk(verified: false)
    #expect(await deliver(desk, toUnverified: true) == .completed)
    #expect(desk.mailer.accepted.count == 1)
  }

  @Test("fails for good where the account is gone or the provider refuses")
  func refused() async throws {
    let desk = MailDesk(verified: true)
    desk.mailer.fail(.fails(.refused(code: "blocked_address")))
    #expect(await deliver(desk) == .failed(code: "blocked_address"))
    desk.log.remove(desk.user)
    #expect(await deliver(desk) == .failed(code: "account_gone"))
    #expect(desk.log.sent.isEmpty)
  }
}
