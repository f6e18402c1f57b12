import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The mails about an account's password and address")
struct SendAccountMailTests {
  private let publicURL = "https://talk.example"
  private let rows = InMemoryAccountLinkReader()
  private let id = UUID()
  private let until = Date(timeIntervalSince1970: 1_900_000_000)

  private func send(_ purpose: MailedAccountLinkPurpose, _ world: MailWorld, of user: UserID? = nil) async
    -> TaskOutcome
  {
    let handler = SendAccountLinkMail(
      purpose, links: rows, secrets: FakeLinks(), deliver: world.deliver, publicURL: publicURL)
    let payload = AccountLinkMailPayload(linkID: id.uuidString.lowercased()).json
    return await handler.perform(claimed(handler.type, payload, of: user ?? world.user))
  }

  private func add(_ purpose: MailedAccountLinkPurpose, of user: UserID, isOpen: Bool = true) throws {
    let address = try #require(EmailAddress("other@example.com"))
    rows.add(id, of: user, MailedLink(purpose: purpose, address: address, expiresAt: until, isOpen: isOpen))
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
      let code = FakeLinks().code(purpose: purpose.rawValue, id: name, user: world.user, expires: until)
      #expect(
        mail.text
          == "https://talk.example/#\(fragment)=\(name).\(purpose.rawValue)-\(name)-\(world.user)-1900000000"
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
      purpose: "reauthenticate", id: id.uuidString.lowercased(), user: world.user, expires: until)
    #expect(world.mailer.accepted.map(\.text) == ["https://talk.example \(code.shown)"])
  }

  @Test("no mail is sent for a link that can no longer be used, is for something else, or is another user's")
  func useless() async throws {
    let world = MailWorld(verified: true)
    #expect(await send(.resetPassword, world) == .completed)
    try add(.resetPassword, of: world.user, isOpen: false)
    #expect(await send(.resetPassword, world) == .completed)
    try add(.resetPassword, of: world.user)
    #expect(await send(.changeEmail, world) == .completed)
    #expect(await send(.resetPassword, world, of: UserID(UUID())) == .completed)
    #expect(world.mailer.accepted.isEmpty)
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
        .resetPassword, links: rows, secrets: FakeLinks(), deliver: world.deliver, publicURL: publicURL),
    ]
    for handler in handlers {
      let outcome = await handler.perform(claimed(handler.type, payload, of: world.user))
      #expect(outcome == .failed(code: "malformed_payload"))
    }
  }
}
