import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// Its secret names everything that it is made of.
private struct PlainLinks: MakesLinkSecrets {
  func secret(purpose: String, id: String, user: UserID, expires: Date) -> String {
    "\(purpose)/\(id)/\(user)/\(Int(expires.timeIntervalSince1970))"
  }
}

@Suite("The mails of a care plan, a payment and a new address")
struct SendMailTests {
  private let publicURL = "https://talk.example"

  // MARK: care plan

  private func carePlanMail(_ desk: MailDesk, _ plans: InMemoryCarePlans) -> SendCarePlanMail {
    SendCarePlanMail(plans: plans, deliver: desk.deliver, publicURL: publicURL)
  }

  private func planTask(_ desk: MailDesk) throws -> ClaimedTask {
    claimed(.carePlanMail, CarePlanMailPayload(sessionID: try session()).json, of: desk.user)
  }

  @Test("a stored plan is mailed with the link to its session")
  func plan() async throws {
    let (desk, plans) = (MailDesk(verified: true), InMemoryCarePlans())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: desk.user, then: [])
    #expect(await carePlanMail(desk, plans).perform(try planTask(desk)) == .completed)
    let mail = try #require(desk.mailer.accepted.first)
    #expect(mail.subject == "Sleep better" && mail.text == "https://talk.example/#plan=AAAAAAAAAAAAAAAAAAAAAA")
    #expect(mail.customID == "care-plan-AAAAAAAAAAAAAAAAAAAAAA")
  }

  @Test("no mail is made of a plan that is not there, was skipped or cannot be read")
  func planGone() async throws {
    for stored in [nil, StoredCarePlan.skipped(reason: "nothing_said"), .ready(planJSON: #"{"title":"x"}"#)] {
      let (desk, plans) = (MailDesk(verified: true), InMemoryCarePlans())
      if let stored { try await plans.store(stored, session: try session(), user: desk.user, then: []) }
      #expect(await carePlanMail(desk, plans).perform(try planTask(desk)) == .failed(code: "plan_gone"))
      #expect(desk.mailer.accepted.isEmpty)
    }
  }

  // MARK: receipt

  private func receipt() throws -> PaymentCaptured {
    PaymentCaptured(
      userID: UserID(UUID()), orderID: "order_1", paymentID: "pay_1", amount: Paise(19_900), currency: .inr,
      talkTime: .minutes(10))
  }

  @Test("a receipt says what was paid and what for, under the payment's id")
  func receipts() async throws {
    let desk = MailDesk(verified: true)
    let task = claimed(.receiptMail, ReceiptPayload(try receipt()).json, of: desk.user)
    #expect(await SendReceiptMail(deliver: desk.deliver).perform(task) == .completed)
    let mail = try #require(desk.mailer.accepted.first)
    #expect(mail.text == "600000 ms, 19900 INR, order_1, pay_1" && mail.customID == "receipt-pay_1")
  }

  @Test("an unproven address gets neither plan nor receipt")
  func unverified() async throws {
    let (desk, plans) = (MailDesk(verified: false), InMemoryCarePlans())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: desk.user, then: [])
    let outcomes = [
      await carePlanMail(desk, plans).perform(try planTask(desk)),
      await SendReceiptMail(deliver: desk.deliver)
        .perform(claimed(.receiptMail, ReceiptPayload(try receipt()).json, of: desk.user)),
    ]
    for outcome in outcomes { #expect(outcome == .waiting(for: .seconds(3_600))) }
    #expect(desk.mailer.accepted.isEmpty)
  }

  // MARK: verification

  private func verify(_ desk: MailDesk, _ rows: InMemoryVerifications, _ id: UUID) async -> TaskOutcome {
    let payload = VerificationPayload(verificationID: id.uuidString.lowercased()).json
    return await SendVerificationMail(
      verifications: rows, links: PlainLinks(), deliver: desk.deliver, publicURL: publicURL
    ).perform(claimed(.verificationMail, payload, of: desk.user))
  }

  @Test("a verification goes to the unproven address, with its secret in the fragment alone")
  func verification() async throws {
    let (desk, rows, id) = (MailDesk(verified: false), InMemoryVerifications(), UUID())
    let until = Date(timeIntervalSince1970: 1_900_000_000)
    rows.add(id, of: desk.user, PendingVerification(expiresAt: until, isUsed: false))
    #expect(await verify(desk, rows, id) == .completed)
    let mail = try #require(desk.mailer.accepted.first)
    let name = id.uuidString.lowercased()
    #expect(mail.text == "https://talk.example/#verify=\(name).verify-email/\(name)/\(desk.user)/1900000000")
    #expect(mail.customID == "verification-\(name)")
  }

  @Test("nothing is sent for a verification that was used, is gone, or is somebody else's")
  func verificationGone() async throws {
    let (desk, rows, id) = (MailDesk(verified: false), InMemoryVerifications(), UUID())
    #expect(await verify(desk, rows, id) == .failed(code: "verification_gone"))
    rows.add(id, of: UserID(UUID()), PendingVerification(expiresAt: Date(), isUsed: false))
    #expect(await verify(desk, rows, id) == .failed(code: "verification_gone"))
    rows.add(id, of: desk.user, PendingVerification(expiresAt: Date(), isUsed: true))
    #expect(await verify(desk, rows, id) == .completed)
    #expect(desk.mailer.accepted.isEmpty)
  }

  @Test("a payload that cannot be read fails for good", arguments: ["{}", "[]", "", #"{"session_id":"short"}"#])
  func malformed(payload: String) async throws {
    let desk = MailDesk(verified: true)
    let performers: [any PerformsTask] = [
      carePlanMail(desk, InMemoryCarePlans()), SendReceiptMail(deliver: desk.deliver),
      SendVerificationMail(
        verifications: InMemoryVerifications(), links: PlainLinks(), deliver: desk.deliver, publicURL: publicURL),
    ]
    for performer in performers {
      let outcome = await performer.perform(claimed(performer.type, payload, of: desk.user))
      #expect(outcome == .failed(code: "malformed_payload"))
    }
  }
}
