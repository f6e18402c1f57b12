import Application
import Domain
import Fakes
import FoundationEssentials
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

  private let unconfirmed = "mail_unconfirmed"

  @Test("a mail whose answer was lost is not sent again: the provider is asked, and knows it")
  func asks() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    // It counts as an attempt, so that a worker of an earlier release asks, too.
    #expect(await deliver(world) == .retry(code: "mail_timeout", after: .seconds(2)))
    #expect(world.mailer.accepted.count == 1 && world.log.sent.isEmpty && world.mailer.questions.isEmpty)
    world.mailer.fail(.none)
    #expect(await deliver(world) == .completed)
    #expect(world.mailer.questions == ["mail-1"])
    #expect(world.mailer.accepted.count == 1)
    #expect(world.log.sent == ["mail-1": nil])
  }

  @Test("a mail is asked for first if an attempt that did not count may have sent it")
  func asksAfterGivenBack() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    _ = await deliver(world)
    world.mailer.fail(.none)
    let task = ClaimedTask(
      id: TaskID(UUID()), type: .verificationMail, payload: "{}", userID: world.user, attempt: 1, claim: 2,
      wasStarted: true)
    let outcome = await world.deliver(
      .verification(link: "https://talk.example/#verify=x", code: MailedCode(1)), to: world.user, customID: "mail-1",
      for: task, toUnverified: false)
    #expect(outcome == .completed && world.mailer.questions == ["mail-1"] && world.mailer.accepted.count == 1)
  }

  @Test("a mail that the provider does not list yet is asked for with growing pauses, for five minutes")
  func listedLate() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    _ = await deliver(world)
    world.mailer.fail(.listsNothing)
    var (waited, pauses) = (Duration.seconds(2), [Duration]())
    world.log.advance(by: waited)
    // The number of the attempt says nothing: an operator's retry begins at one again.
    while pauses.count < 100, case .waiting(let pause, because: unconfirmed) = await deliver(world) {
      pauses.append(pause)
      world.log.advance(by: pause)
      waited += pause
      #expect(world.mailer.accepted.count == 1)
    }
    #expect(pauses.prefix(5) == [.seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(32)])
    #expect(pauses.allSatisfy { $0 <= .seconds(300) } && waited == .seconds(300))
    // Only then a second mail is risked, and it is accepted with an answer.
    #expect(world.mailer.accepted.count == 2)
  }

  @Test("a mail that is listed after a minute is sent once")
  func listedAfterAMinute() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.losesAnswer)
    _ = await deliver(world)
    world.mailer.fail(.listsNothing)
    for _ in 0..<5 {
      world.log.advance(by: .seconds(12))
      guard case .waiting = await deliver(world) else {
        Issue.record("the mail was not waited for")
        return
      }
    }
    world.mailer.fail(.none)
    #expect(await deliver(world) == .completed)
    #expect(world.mailer.accepted.count == 1 && world.log.sent == ["mail-1": nil])
  }

  @Test("after a server error the mail is asked for half a minute")
  func serverError() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.fails(.unconfirmed(code: "mailjet_500", isAnswered: true)))
    #expect(await deliver(world) == .retry(code: "mailjet_500", after: .seconds(2)))
    world.mailer.fail(.none)
    world.log.advance(by: .seconds(29))
    #expect(await deliver(world) == .waiting(for: .seconds(2), because: unconfirmed))
    world.log.advance(by: .seconds(2))
    #expect(await deliver(world) == .completed)
    #expect(world.mailer.accepted.count == 1)
  }

  @Test("what the provider may have of an earlier attempt, it may still have after one that certainly failed")
  func doubtStays() async throws {
    for error in [
      MailError.unavailable(code: "mailjet_429", after: .zero), .misconfigured(code: "mailjet_api_key_refused"),
    ] {
      let world = MailWorld(verified: true)
      world.mailer.fail(.losesAnswer)
      _ = await deliver(world)
      world.mailer.fail(.sendsNothing(error))
      world.log.advance(by: .seconds(301))
      guard case .waiting = await deliver(world) else {
        Issue.record("the mail does not wait")
        return
      }
      world.mailer.fail(.none)
      #expect(await deliver(world) == .completed)
      #expect(world.mailer.accepted.count == 1)
    }
  }

  @Test("a mail that always gets a server error is sent less and less often, and given up after three days")
  func everyAnswerAnError() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.sendsNothing(.unconfirmed(code: "mailjet_500", isAnswered: true)))
    var (waited, sends) = (Duration.zero, 0)
    while sends < 1_000, case .waiting(let pause, let code) = await deliver(world, attempt: 2) {
      if code == "mailjet_500" { sends += 1 }
      world.log.advance(by: pause)
      waited += pause
    }
    #expect(await deliver(world, attempt: 2) != .failed(code: "mailjet_500"), "a retry has three days again")
    #expect(waited >= .seconds(3 * 86_400) && waited < .seconds(4 * 86_400) && (70..<90).contains(sends))
  }

  @Test("a later attempt of an earlier release, which noted nothing, is asked for once")
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
    world.mailer.fail(.fails(.unavailable(code: "mail_busy", after: .seconds(60))))
    world.log.advance(by: .seconds(600))
    #expect(await deliver(world) == .waiting(for: .seconds(150), because: "mail_busy"))
    #expect(world.mailer.accepted.count == 1)
  }

  @Test("a pause of the type uses up none of the three days for a provider")
  func paused() async throws {
    let (world, code) = (MailWorld(verified: true), "mailjet_api_key_refused")
    world.mailer.fail(.fails(.misconfigured(code: code)))
    #expect(await deliver(world) == .waiting(for: .seconds(5), because: code))
    // Paused for a week, and then resumed.
    func outcome(_ resumed: Duration) async -> TaskOutcome {
      let task = claimed(.verificationMail, "{}", of: world.user, age: .seconds(7 * 86_400))
      return await world.deliver(
        .verification(link: "https://talk.example/#verify=x", code: MailedCode(1)), to: world.user, customID: "mail-1",
        for: task.waiting(noLongerThan: resumed))
    }
    world.log.advance(by: .seconds(7 * 86_400))
    #expect(await outcome(.seconds(60)) == .waiting(for: .seconds(15), because: code))
    #expect(await outcome(.seconds(3 * 86_400 - 1)) == .waiting(for: .seconds(600), because: code))
    #expect(await outcome(.seconds(3 * 86_400)) == .failed(code: code))
  }

  @Test("a mail waits three days for a provider that is away or refuses our key, and then fails with the reason")
  func outage() async throws {
    for error in [
      MailError.unavailable(code: "mailjet_429", after: .seconds(7)), .misconfigured(code: "mailjet_api_key_refused"),
    ] {
      let world = MailWorld(verified: true)
      world.mailer.fail(.fails(error))
      var waits = 0
      // The task may be old: it waited for the address to be proven.
      while waits < 1_000, case .waiting(let pause, because: .some) = await deliver(world, age: .seconds(29 * 86_400)) {
        #expect(pause >= .seconds(5) && pause <= .seconds(600))
        world.log.advance(by: pause)
        waits += 1
      }
      #expect((400..<500).contains(waits))
      guard case .waiting = await deliver(world) else {
        Issue.record("an operator's retry gives up at once")
        return
      }
      world.mailer.fail(.none)
      #expect(await deliver(world) == .completed)
      #expect(world.mailer.accepted.count == 1)
    }
  }

  @Test("nothing is sent to an undeliverable address")
  func undeliverable() async throws {
    let world = MailWorld(verified: true)
    try await world.undeliverable.add(try #require(EmailAddress("ASHA@example.com")), because: .hardBounce)
    #expect(await deliver(world) == .failed(code: "address_undeliverable"))
    #expect(await deliver(world, toUnverified: true) == .failed(code: "address_undeliverable"))
    #expect(world.mailer.accepted.isEmpty && world.log.sent.isEmpty)
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

  @Test("a mail fails for good if the provider refuses it, and ends without a failure if the account is deleted")
  func refused() async throws {
    let world = MailWorld(verified: true)
    world.mailer.fail(.fails(.rejected(code: "blocked_address")))
    #expect(await deliver(world) == .failed(code: "blocked_address"))
    world.log.remove(world.user)
    #expect(await deliver(world) == .completed)
    #expect(world.log.sent.isEmpty && world.mailer.accepted.isEmpty)
  }

  @Test("a mail to an account without an address of its own is tried again, and sent once the account is merged")
  func addressMissing() async throws {
    let (world, remaining) = (MailWorld(verified: true), UserID(UUID()))
    world.log.removeAddress(of: world.user)
    for attempt in 1...2 {
      #expect(await deliver(world, attempt: attempt) == .retry(code: "account_without_address", after: .zero))
    }
    #expect(world.log.sent.isEmpty && world.mailer.accepted.isEmpty)
    // The merger gives the tasks to the account that remains, also one that a worker has just claimed.
    world.log.add(Recipient(userID: remaining, email: "ravi@example.com", name: nil, verified: true))
    let outcome = await world.deliver(
      .verification(link: "https://talk.example/#verify=x", code: MailedCode(1)), to: remaining, customID: "mail-1",
      for: claimed(.verificationMail, "{}", of: remaining, attempt: 3))
    #expect(outcome == .completed && world.mailer.accepted.map(\.to) == ["ravi@example.com"])
  }
}
