import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// What an account and its talk time are told of.
extension SendMailTests {
  @Test("a user gets a mail about little talk time that tells what is left now, and none after a purchase")
  func lowBalance() async throws {
    let world = MailWorld(verified: true)
    let balances = InMemoryBalances([world.user: .seconds(90)])
    let mail = SendLowBalanceMail(balances: balances, deliver: world.deliver, publicURL: "https://talk.example")
    let task = claimed(.lowBalanceMail, "{}", of: world.user)
    for _ in 0..<2 { #expect(await mail.perform(task) == .completed) }
    #expect(world.mailer.accepted.map(\.text) == ["90000 ms, https://talk.example/"])
    balances.set(.seconds(120), of: world.user)
    let later = claimed(.lowBalanceMail, "{}", of: world.user)
    #expect(await mail.perform(later) == .completed)
    #expect(world.mailer.accepted.count == 1)
    balances.isAway = true
    #expect(await mail.perform(task) == .retry(code: "balance_unavailable", after: .zero))
  }

  @Test("a user is told once of each link with Google")
  func googleLinks() async throws {
    let world = MailWorld(verified: true)
    let mail = SendAccountNotice<GoogleLinkedMailPayload>(deliver: world.deliver, publicURL: "https://talk.example")
    for link in ["l1", "l1", "l2"] {
      let task = claimed(.googleLinkedMail, GoogleLinkedMailPayload(linkID: link).json, of: world.user)
      #expect(await mail.perform(task) == .completed)
    }
    #expect(world.mailer.accepted.map(\.customID) == ["google-linked-l1", "google-linked-l2"])
    #expect(world.mailer.accepted.first?.text == "https://talk.example/")
    #expect(
      await mail.perform(claimed(.googleLinkedMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
  }

  private func newDevice(_ id: String, of user: UserID) -> NewDeviceMailPayload {
    NewDeviceMailPayload(
      NewDeviceSignedIn(userID: user, deviceID: id, network: nil, userAgent: nil, signedInAt: 1_795_500_000))
  }

  @Test("a user is told once of each new device, and an unproven address of none")
  func newDevices() async throws {
    for isVerified in [true, false] {
      let world = MailWorld(verified: isVerified)
      let mail = SendAccountNotice<NewDeviceMailPayload>(deliver: world.deliver, publicURL: "https://talk.example")
      for id in ["d1", "d1", "d2"] {
        let task = claimed(.newDeviceMail, newDevice(id, of: world.user).json, of: world.user)
        #expect(await mail.perform(task) == .completed)
      }
      #expect(world.mailer.accepted.map(\.customID) == (isVerified ? ["new-device-d1", "new-device-d2"] : []))
      #expect(world.mailer.accepted.allSatisfy { $0.text == "https://talk.example/#forgot" })
      #expect(
        await mail.perform(claimed(.newDeviceMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
    }
  }

  @Test("a user is told once of each change of the second factor, at a proven address")
  func secondFactor() async throws {
    let user = UserID(UUID())
    func payload(_ id: String, added: Bool) -> String {
      SecondFactorMailPayload(SecondFactorChanged(userID: user, changeID: id, isAdded: added)).json
    }
    for verified in [true, false] {
      let world = MailWorld(verified: verified)
      let mail = SendAccountNotice<SecondFactorMailPayload>(deliver: world.deliver, publicURL: "https://talk.example")
      for (id, added) in [("c1", true), ("c1", true), ("c2", false)] {
        let task = claimed(.secondFactorMail, payload(id, added: added), of: world.user)
        #expect(await mail.perform(task) == .completed)
      }
      #expect(world.mailer.accepted.map(\.subject) == (verified ? ["factor added", "factor removed"] : []))
      #expect(world.mailer.accepted.allSatisfy { $0.text == "https://talk.example/#forgot" })
      #expect(
        await mail.perform(claimed(.secondFactorMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
    }
  }

  @Test("a user is told once of each removal of ways to sign in")
  func waysInRemoved() async throws {
    let world = MailWorld(verified: true)
    let mail = SendAccountNotice<WaysInRemovedMailPayload>(deliver: world.deliver, publicURL: "https://talk.example")
    for id in ["c1", "c1", "c2"] {
      let change = WaysInRemoved(
        userID: world.user, changeID: id, cause: .claimed, passkeys: 1, authenticatorApp: false, google: false)
      let task = claimed(.waysInRemovedMail, WaysInRemovedMailPayload(change).json, of: world.user)
      #expect(await mail.perform(task) == .completed)
    }
    #expect(world.mailer.accepted.map(\.customID) == ["ways-in-removed-c1", "ways-in-removed-c2"])
    #expect(world.mailer.accepted.first?.subject == "removed claimed")
    #expect(
      await mail.perform(claimed(.waysInRemovedMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
  }

  @Test("a user is told once of each passkey that is added or removed")
  func passkeys() async throws {
    let world = MailWorld(verified: true)
    let mail = SendAccountNotice<PasskeyChangedMailPayload>(deliver: world.deliver, publicURL: "https://talk.example")
    for change in [PasskeyChange.added, .added, .removed] {
      let payload = PasskeyChangedMailPayload(PasskeyChanged(userID: world.user, passkeyID: "p1", change: change))
      #expect(await mail.perform(claimed(.passkeyChangedMail, payload.json, of: world.user)) == .completed)
    }
    #expect(world.mailer.accepted.map(\.customID) == ["passkey-added-p1", "passkey-removed-p1"])
    #expect(world.mailer.accepted.map(\.subject) == ["passkey added", "passkey removed"])
    #expect(
      await mail.perform(claimed(.passkeyChangedMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
  }
}
