import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The mails about an account's password and address")
struct SendAccountMailTests {
  private let publicURL = "https://talk.example"
  private let clock = FakeClock(Date(timeIntervalSince1970: 1_900_000_000))
  private let rows: InMemoryMailedLinks
  private let id = UUID()

  init() { rows = InMemoryMailedLinks(clock: clock) }

  private func send(_ purpose: MailedAccountLinkPurpose, _ world: MailWorld, of user: UserID? = nil) async
    -> TaskOutcome
  {
    let handler = SendAccountLinkMail(
      purpose, links: rows, renewer: rows, secrets: FakeLinks(), deliver: world.deliver, publicURL: publicURL)
    let payload = AccountLinkMailPayload(linkID: id.uuidString.lowercased()).json
    return await handler.perform(claimed(handler.type, payload, of: user ?? world.user))
  }

  private func add(_ purpose: MailedAccountLinkPurpose, of user: UserID) throws {
    let address = try #require(EmailAddress("other@example.com"))
    rows.add(id, of: user, MailedLink(purpose: purpose, address: address))
  }

  @Test(
    "a link goes to the address that it was made for, without a name, and its secret is in the fragment only",
    arguments: [
      (MailedAccountLinkPurpose.resetPassword, "reset"), (.changeEmail, "verify"), (.undoEmailChange, "undo"),
    ])
  func link(purpose: MailedAccountLinkPurpose, fragment: String) async throws {
    for verified in [false, true] {
      let world = MailWorld(verified: verified)
      try add(purpose, of: world.user)
      #expect(await send(purpose, world) == .completed)
      let mail = try #require(world.mailer.accepted.first)
      let name = id.uuidString.lowercased()
      #expect(mail.to == "other@example.com" && mail.name == nil)
      let until = clock.now() + Double(purpose.life.components.seconds)
      let seconds = Int(until.timeIntervalSince1970)
      let code = FakeLinks().code(purpose: purpose.rawValue, id: name, user: world.user, expires: until)
      #expect(
        mail.text
          == "https://talk.example/#\(fragment)=\(name).\(purpose.rawValue)-\(name)-\(world.user)-\(seconds)"
          + (purpose == .undoEmailChange ? "" : " \(code.shown)"))
      #expect(mail.customID == "\(purpose.rawValue)-\(name)")
    }
  }

  @Test("the mail of a code that proves an identity has no link")
  func codeAlone() async throws {
    let world = MailWorld(verified: true)
    try add(.reauthenticate, of: world.user)
    #expect(await send(.reauthenticate, world) == .completed)
    let code = FakeLinks().code(
      purpose: "reauthenticate", id: id.uuidString.lowercased(), user: world.user, expires: clock.now() + 600)
    #expect(world.mailer.accepted.map(\.text) == ["https://talk.example \(code.shown)"])
  }

  @Test("no mail is sent for a link that can no longer be used, is for something else, or is another user's")
  func useless() async throws {
    let world = MailWorld(verified: true)
    #expect(await send(.resetPassword, world) == .completed)
    try add(.resetPassword, of: world.user)
    rows.use(id)
    #expect(await send(.resetPassword, world) == .completed)
    try add(.resetPassword, of: world.user)
    #expect(await send(.changeEmail, world) == .completed)
    #expect(await send(.resetPassword, world, of: UserID(UUID())) == .completed)
    #expect(world.mailer.accepted.isEmpty)
  }

  /// The links of the mails, without the codes.
  private func mailed(_ world: MailWorld) -> [String?] {
    world.mailer.accepted.map { $0.text.split(separator: " ").first.map(String.init) }
  }

  private func link(
    _ fragment: String, _ purpose: MailedAccountLinkPurpose, _ world: MailWorld, expires: Date
  ) -> String {
    let name = id.uuidString.lowercased()
    let secret = FakeLinks().secret(purpose: purpose.rawValue, id: name, user: world.user, expires: expires)
    return "https://talk.example/#\(fragment)=\(name).\(secret)"
  }

  @Test("a change of the address that waits for a provider for 13 hours is mailed with its whole life")
  func renewed() async throws {
    let world = MailWorld(verified: true)
    try add(.changeEmail, of: world.user)
    world.mailer.fail(.fails(.unavailable(code: "mailjet_unreachable", after: .zero)))
    for hours in [0, 8, 5] {
      clock.advance(.seconds(hours * 3_600))
      world.log.advance(by: .seconds(hours * 3_600))
      guard case .waiting(_, because: "mailjet_unreachable") = await send(.changeEmail, world) else {
        Issue.record("it did not wait")
        return
      }
    }
    world.mailer.fail(.none)
    #expect(await send(.changeEmail, world) == .completed)
    let whole = clock.now() + 24 * 3_600
    #expect(mailed(world) == [link("verify", .changeEmail, world, expires: whole)])
  }

  @Test("a link that the provider may have is renewed only near its end: its mail would lead nowhere")
  func mayBeThere() async throws {
    let world = MailWorld(verified: true)
    try add(.changeEmail, of: world.user)
    let until = clock.now() + 24 * 3_600
    world.mailer.fail(.losesAnswer)
    _ = await send(.changeEmail, world)
    for hours in [20, 2] {
      clock.advance(.seconds(hours * 3_600))
      world.log.advance(by: .seconds(hours * 3_600))
      world.mailer.fail(.sendsNothing(.unconfirmed(code: "mailjet_unreachable", isAnswered: true)))
      _ = await send(.changeEmail, world)
    }
    world.log.advance(by: .seconds(3_600))
    world.mailer.fail(.listsNothing)
    #expect(await send(.changeEmail, world) == .completed)
    let renewed = clock.now() + 24 * 3_600
    #expect(mailed(world) == [until, renewed].map { link("verify", .changeEmail, world, expires: $0) })
  }

  @Test("a change, a reset and a proof of identity come within their own time or not at all")
  func late() async throws {
    let lives: [(MailedAccountLinkPurpose, Int)] = [(.resetPassword, 30), (.reauthenticate, 10), (.changeEmail, 1_440)]
    for (purpose, minutes) in lives {
      let world = MailWorld(verified: true)
      try add(purpose, of: world.user)
      clock.advance(.seconds(minutes * 60 - 1))
      let whole = clock.now() + Double(minutes * 60)
      #expect(await send(purpose, world) == .completed)
      if purpose == .resetPassword { #expect(mailed(world) == [link("reset", purpose, world, expires: whole)]) }
      let other = MailWorld(verified: true)
      try add(purpose, of: other.user)
      clock.advance(.seconds(minutes * 60))
      #expect(await send(purpose, other) == .completed && other.mailer.accepted.isEmpty)
    }
  }

  @Test("an undoing ends seven days after the change, whenever its mail goes out")
  func undoing() async throws {
    let world = MailWorld(verified: true)
    try add(.undoEmailChange, of: world.user)
    let until = clock.now() + 7 * 24 * 3_600
    clock.advance(.seconds(5 * 24 * 3_600))
    #expect(await send(.undoEmailChange, world) == .completed)
    #expect(mailed(world) == [link("undo", .undoEmailChange, world, expires: until)])
  }

  @Test("a changed password is told to a proven address, once a change, and to no other")
  func passwordChanged() async throws {
    for verified in [true, false] {
      let world = MailWorld(verified: verified)
      let handler = SendAccountNotice<PasswordChangedMailPayload>(deliver: world.deliver, publicURL: publicURL)
      for change in ["c1", "c1", "c2"] {
        let task = claimed(.passwordChangedMail, PasswordChangedMailPayload(changeID: change).json, of: world.user)
        #expect(await handler.perform(task) == .completed)
      }
      #expect(
        world.mailer.accepted.map(\.customID) == (verified ? ["password-changed-c1", "password-changed-c2"] : []))
      #expect(world.mailer.accepted.allSatisfy { $0.text == "https://talk.example/#forgot" })
    }
  }

  @Test("a mail with an unreadable payload fails for good", arguments: ["{}", "[]", ""])
  func malformed(payload: String) async throws {
    let world = MailWorld(verified: true)
    let handlers: [any TaskHandler] = [
      SendAccountNotice<PasswordChangedMailPayload>(deliver: world.deliver, publicURL: publicURL),
      SendAccountLinkMail(
        .resetPassword, links: rows, renewer: rows, secrets: FakeLinks(), deliver: world.deliver, publicURL: publicURL),
    ]
    for handler in handlers {
      let outcome = await handler.perform(claimed(handler.type, payload, of: world.user))
      #expect(outcome == .failed(code: "malformed_payload"))
    }
  }
}
