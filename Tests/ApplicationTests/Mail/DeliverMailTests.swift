import Application
import Domain
import Fakes
import Testing

@Suite("Delivering a mail")
struct DeliverMailTests {
  private func deliver(_ world: MailWorld, attempt: Int = 1, age: Duration = .zero, toUnverified: Bool = false) async
    -> TaskOutcome
  {
    await world.deliver(
      .verification(link: "https://talk.example/#verify=x", code: MailedCode(1)), to: world.user, customID: "mail-1",
      for: claimed(.verificationMail, "{}", of: world.user, attempt: attempt, age: age), toUnverified: toUnverified)
  }

  @Test("a mail is sent to the user's address and recorded, once however often it is requested")
  func once() async throws {
    let world = MailWorld(verified: true)
    for attempt in 1...3 { #expect(await deliver(world, attempt: attempt) == .completed) }
    let mail = try #require(world.mailer.accepted.first)
    #expect(world.mailer.accepted.count == 1)
    #expect(mail.to == "asha@example.com" && mail.name == "Asha" && mail.customID == "mail-1")
    #expect(world.log.sent == ["mail-1": "message-1"])
    #expect(world.mailer.questions.isEmpty)
  }

  @Test("a first attempt sends at once, and a later one first asks the provider for the mail")
  func asks() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    #expect(await deliver(world) == .retry(code: "mail_timeout", after: .zero))
    #expect(world.mailer.accepted.count == 1 && world.log.sent.isEmpty && world.mailer.questions.isEmpty)
    world.mailer.fail(.none)
    #expect(await deliver(world, attempt: 2) == .completed)
    #expect(world.mailer.questions == ["mail-1"])
    #expect(world.mailer.accepted.count == 1)
    #expect(world.log.sent == ["mail-1": nil])
  }

  @Test("a later attempt sends a mail that the provider does not know")
  func unknown() async throws {
    let world = MailWorld(verified: true)
    #expect(await deliver(world, attempt: 2) == .completed)
    #expect(world.mailer.questions == ["mail-1"] && world.mailer.accepted.count == 1)
  }

  @Test("while the provider cannot be asked, no mail is sent a second time")
  func doubt() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    _ = await deliver(world)
    world.mailer.fail(.fails(.later(code: "mail_busy", after: .seconds(60))))
    #expect(await deliver(world, attempt: 2) == .retry(code: "mail_busy", after: .seconds(60)))
    #expect(world.mailer.accepted.count == 1)
  }

  @Test("an unverified address gets no mail until it is verified")
  func unverified() async throws {
    let world = MailWorld(verified: false)
    guard case .waiting = await deliver(world) else {
      Issue.record("the mail did not wait")
      return
    }
    #expect(world.mailer.accepted.isEmpty && world.log.sent.isEmpty)
    world.address(verified: true)
    #expect(await deliver(world) == .completed)
    #expect(world.mailer.accepted.count == 1)
  }

  @Test("the checks of an address that stays unverified become less frequent, and end")
  func neverProven() async throws {
    let world = MailWorld(verified: false)
    #expect(await deliver(world) == .waiting(for: .seconds(3_600)))
    #expect(await deliver(world, age: .seconds(8 * 3_600)) == .waiting(for: .seconds(2 * 3_600)))
    #expect(await deliver(world, age: .seconds(20 * 86_400)) == .waiting(for: .seconds(86_400)))
    #expect(await deliver(world, age: .seconds(30 * 86_400)) == .failed(code: "address_unproven"))
    #expect(world.mailer.accepted.isEmpty && world.log.sent.isEmpty)
  }

  @Test("a mail that may go to an unverified address is sent there")
  func toUnverified() async throws {
    let world = MailWorld(verified: false)
    #expect(await deliver(world, toUnverified: true) == .completed)
    #expect(world.mailer.accepted.count == 1)
  }

  @Test("a mail fails for good if the account is deleted or the provider refuses it")
  func refused() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.fails(.refused(code: "blocked_address")))
    #expect(await deliver(world) == .failed(code: "blocked_address"))
    world.log.remove(world.user)
    #expect(await deliver(world) == .failed(code: "account_gone"))
    #expect(world.log.sent.isEmpty)
  }
}
