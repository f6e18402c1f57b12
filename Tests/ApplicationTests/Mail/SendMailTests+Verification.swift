import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// The mail to a new address.
extension SendMailTests {
  private func verify(_ world: MailWorld, _ rows: InMemoryMailedLinks, _ id: UUID) async -> TaskOutcome {
    let payload = VerificationMailPayload(verificationID: id.uuidString.lowercased()).json
    return await SendVerificationMail(
      links: rows, renewer: rows, secrets: PlainLinks(), deliver: world.deliver, publicURL: publicURL
    ).perform(claimed(.verificationMail, payload, of: world.user))
  }

  @Test("a verification goes to the unverified address, with its secret in the fragment only")
  func verification() async throws {
    let clock = FakeClock(Date(timeIntervalSince1970: 1_900_000_000))
    let (world, rows, id) = (MailWorld(verified: false), InMemoryMailedLinks(clock: clock), UUID())
    rows.add(id, of: world.user, try openVerification())
    #expect(await verify(world, rows, id) == .completed)
    let mail = try #require(world.mailer.accepted.first)
    let name = id.uuidString.lowercased()
    #expect(mail.text == "https://talk.example/#verify=\(name).verify-email/\(name)/\(world.user)/1900086400 1234 5678")
    #expect(mail.customID == "verification-\(name)")
    // The name may be text that a stranger wants to send to somebody.
    #expect(mail.name == nil)
  }

  @Test("no mail is sent for a verification that was used, is deleted, or is another user's")
  func verificationGone() async throws {
    let (world, rows, id) = (MailWorld(verified: false), InMemoryMailedLinks(), UUID())
    #expect(await verify(world, rows, id) == .completed)
    rows.add(id, of: UserID(UUID()), try openVerification())
    #expect(await verify(world, rows, id) == .completed)
    rows.add(id, of: world.user, try openVerification())
    rows.use(id)
    #expect(await verify(world, rows, id) == .completed)
    #expect(world.mailer.accepted.isEmpty)
  }

  private func openVerification() throws -> MailedLink {
    MailedLink(purpose: .verifyEmail, address: try #require(EmailAddress("asha@example.com")))
  }

  @Test(
    "a verification that waits for a provider is mailed with a link that works, unless nobody needs it any more",
    arguments: ["needed", "used", "withdrawn", "proven", "replaced", "old"])
  func verificationAfterOutage(what: String) async throws {
    let clock = FakeClock(Date(timeIntervalSince1970: 1_900_000_000))
    let (world, rows, id) = (MailWorld(verified: false), InMemoryMailedLinks(clock: clock), UUID())
    rows.add(id, of: world.user, try openVerification())
    world.mailer.fail(.fails(.misconfigured(code: "mailjet_api_key_refused")))
    #expect(await verify(world, rows, id) == .waiting(for: .seconds(5), because: "mailjet_api_key_refused"))
    clock.advance(.seconds(what == "old" ? 7 * 86_400 : 26 * 3_600))
    world.log.advance(by: .seconds(26 * 3_600))
    world.mailer.fail(.none)
    switch what {
    case "used": rows.use(id)
    case "withdrawn": rows.withdraw(id)
    case "proven": rows.makeNeedless(id)
    case "replaced": rows.add(UUID(), of: world.user, try openVerification())
    default: break
    }
    let outcome = await verify(world, rows, id)
    switch what {
    case "needed":
      #expect(outcome == .completed)
      let text = try #require(world.mailer.accepted.first).text
      #expect(text.contains("/\(1_900_000_000 + 50 * 3_600) ") && world.mailer.accepted.count == 1)
    // Nobody has to look at a mail that is not needed, or whose link no retry could mail.
    default: #expect(outcome == .completed)
    }
    if what != "needed" { #expect(world.mailer.accepted.isEmpty) }
  }
}
