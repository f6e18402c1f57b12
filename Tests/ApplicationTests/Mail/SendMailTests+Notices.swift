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
    #expect(await mail.perform(later) == .retry(code: "balance_unavailable", after: .zero))
  }

  private func low(_ world: MailWorld, version: Int64 = 7) -> ClaimedTask {
    let event = TalkTimeLow(userID: world.user, remaining: .seconds(90), version: version)
    return claimed(.lowBalanceMail, LowBalanceMailPayload(event).json, of: world.user)
  }

  private func recovered(_ world: MailWorld, version: Int64 = 7) throws -> ClaimedTask {
    let event = TalkTimeNoLongerLow(
      userID: world.user, remaining: .seconds(600), entryKind: "grant", lowVersion: version)
    let payload = BalanceRecoveredMailPayload(crossingID: try #require(event.crossingID))
    return claimed(.balanceRecoveredMail, payload.json, of: world.user)
  }

  private func mails(_ world: MailWorld, _ balances: InMemoryBalances) -> (SendLowBalanceMail, SendBalanceRecoveredMail)
  {
    (
      SendLowBalanceMail(balances: balances, deliver: world.deliver, publicURL: publicURL),
      SendBalanceRecoveredMail(balances: balances, log: world.log, deliver: world.deliver, publicURL: publicURL)
    )
  }

  @Test("whoever was told of a low balance is told once that it is enough again, with what is there now")
  func balanceRecovered() async throws {
    let (world, balances) = (MailWorld(verified: true), InMemoryBalances([:]))
    let (lowMail, mail) = mails(world, balances)
    balances.set(.seconds(90), of: world.user)
    #expect(await lowMail.perform(low(world)) == .completed)
    balances.set(.seconds(660), of: world.user)
    for _ in 1...2 { #expect(await mail.perform(try recovered(world)) == .completed) }
    #expect(world.mailer.accepted.map(\.subject) == ["low balance", "balance recovered"])
    #expect(world.mailer.accepted.last?.text == "660000 ms, https://talk.example/")
    #expect(world.mailer.accepted.last?.customID == "balance-recovered-\(world.user)-7")
    #expect(
      await mail.perform(claimed(.balanceRecoveredMail, "{}", of: world.user)) == .failed(code: "malformed_payload"))
  }

  @Test("no mail about a recovery goes to somebody who was not told of that crossing, or who has little again")
  func balanceRecoveredUnasked() async throws {
    let (world, balances) = (MailWorld(verified: true), InMemoryBalances([:]))
    let (lowMail, mail) = mails(world, balances)
    // The balance was back before the mail was sent.
    balances.set(.seconds(600), of: world.user)
    #expect(await lowMail.perform(low(world, version: 5)) == .completed)
    #expect(await mail.perform(try recovered(world, version: 5)) == .completed)
    #expect(world.mailer.accepted.isEmpty)
    // Another crossing was told of.
    balances.set(.seconds(90), of: world.user)
    #expect(await lowMail.perform(low(world, version: 7)) == .completed)
    #expect(await mail.perform(try recovered(world, version: 7)) == .completed)
    balances.set(.seconds(600), of: world.user)
    #expect(await mail.perform(try recovered(world, version: 9)) == .completed)
    #expect(world.mailer.accepted.map(\.subject) == ["low balance"])
    balances.isAway = true
    #expect(await mail.perform(try recovered(world, version: 7)) == .retry(code: "balance_unavailable", after: .zero))
  }

  @Test("a mail about a low balance whose answer was lost is asked for, so that its recovery is told of")
  func balanceRecoveredInDoubt() async throws {
    let (world, balances) = (MailWorld(verified: true), InMemoryBalances([:]))
    let (lowMail, mail) = mails(world, balances)
    balances.set(.seconds(90), of: world.user)
    world.mailer.fail(.losesAnswer)
    #expect(await lowMail.perform(low(world)) == .retry(code: "mail_timeout", after: .seconds(2)))
    world.mailer.fail(.none)
    balances.set(.seconds(600), of: world.user)
    #expect(await lowMail.perform(low(world)) == .completed)
    #expect(await mail.perform(try recovered(world)) == .completed)
    #expect(world.mailer.accepted.map(\.subject) == ["low balance", "balance recovered"])
  }

  @Test("to an address that nobody has proven no mail about a balance goes")
  func balanceRecoveredUnproven() async throws {
    let (world, balances) = (MailWorld(verified: false), InMemoryBalances([:]))
    let (lowMail, mail) = mails(world, balances)
    balances.set(.seconds(90), of: world.user)
    #expect(await lowMail.perform(low(world)) == .completed)
    balances.set(.seconds(600), of: world.user)
    #expect(await mail.perform(try recovered(world)) == .completed)
    #expect(world.mailer.accepted.isEmpty && world.log.sent.isEmpty)
  }

  @Test("a merged account, whose talk time has moved, gets no mail about a low balance, and its task does not fail")
  func lowBalanceMerged() async {
    let (world, balances) = (MailWorld(verified: true), InMemoryBalances([:]))
    balances.set(.zero, of: world.user)
    world.log.removeAddress(of: world.user)
    #expect(await mails(world, balances).0.perform(low(world)) == .completed)
    #expect(world.mailer.accepted.isEmpty)
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
