import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// Its secret names everything that it is made of.
private struct PlainLinks: LinkSecretGenerator {
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

  private let orderID = OrderID(UUID())

  private func paid() -> PaymentCaptured {
    PaymentCaptured(
      userID: UserID(UUID()), orderID: orderID.description, paymentID: "pay_1", amount: Paise(19_900), currency: .inr,
      talkTime: .minutes(10))
  }

  /// A paid order, half of which went back.
  private func documents() -> InMemoryDocuments {
    let documents = InMemoryDocuments()
    documents.add(.sample(orderID, paymentID: "pay_1"))
    documents.returned(Paise(10_000), of: orderID, id: "refund_1", razorpayID: "rfnd_1")
    return documents
  }

  private func mailDocument(_ desk: MailDesk) -> MailDocument {
    MailDocument(pages: PlainPages(), deliver: desk.deliver, publicURL: publicURL)
  }

  private func receiptMail(
    _ desk: MailDesk, _ documents: InMemoryDocuments, age: Duration = .zero
  ) async -> TaskOutcome {
    await SendReceiptMail(documents: documents, mail: mailDocument(desk))
      .perform(claimed(.receiptMail, ReceiptPayload(paid()).json, of: desk.user, age: age))
  }

  private func creditNoteMail(
    _ desk: MailDesk, _ documents: InMemoryDocuments, refund: String, age: Duration = .zero
  ) async -> TaskOutcome {
    let payload = CreditNotePayload(orderID: orderID.description, refundID: refund).json
    return await SendCreditNoteMail(documents: documents, mail: mailDocument(desk))
      .perform(claimed(.creditNoteMail, payload, of: desk.user, age: age))
  }

  @Test("what is never issued is waited for less and less often, and in the end no more")
  func neverIssued() async throws {
    let (desk, documents) = (MailDesk(verified: true), documents())
    #expect(await receiptMail(desk, documents, age: .seconds(600)) == .waiting(for: .seconds(150)))
    #expect(await receiptMail(desk, documents, age: .seconds(86_400)) == .waiting(for: .seconds(3_600)))
    #expect(await receiptMail(desk, documents, age: .seconds(3 * 86_400)) == .failed(code: "receipt_missing"))
    try await documents.issue()
    let missing = await creditNoteMail(desk, documents, refund: "rfnd_2", age: .seconds(3 * 86_400))
    #expect(missing == .failed(code: "credit_note_missing"))
    #expect(desk.mailer.accepted.isEmpty)
  }

  @Test("a receipt is mailed with its number, its page and a link, once it is issued")
  func receipts() async throws {
    let (desk, documents) = (MailDesk(verified: true), documents())
    #expect(await receiptMail(desk, documents) == .waiting(for: .seconds(1)))
    try await documents.issue()
    #expect(await receiptMail(desk, documents) == .completed)
    let mail = try #require(desk.mailer.accepted.first)
    #expect(mail.text == "TT2627-0000001, 19900, https://talk.example/#receipt=\(orderID)")
    #expect(mail.customID == "receipt-pay_1")
    let page = MailAttachment(name: "TT2627-0000001.html", mediaType: "text/html", content: "<p>TT2627-0000001</p>")
    #expect(mail.attachments == [page])
  }

  @Test("a credit note is mailed by either id of its refund, once it is issued", arguments: ["refund_1", "rfnd_1"])
  func creditNotes(refund: String) async throws {
    let (desk, documents) = (MailDesk(verified: true), documents())
    let early = await creditNoteMail(desk, documents, refund: refund)
    #expect(early == .retry(code: "receipt_missing", after: .zero))
    try await documents.issue()
    #expect(await creditNoteMail(desk, documents, refund: "rfnd_2") == .waiting(for: .seconds(1)))
    #expect(await creditNoteMail(desk, documents, refund: refund) == .completed)
    let mail = try #require(desk.mailer.accepted.first)
    #expect(desk.mailer.accepted.count == 1 && mail.text.hasPrefix("CN2627-0000001, 10000"))
    #expect(mail.customID == "credit-note-\(refund)")
  }

  @Test("a reversal is mailed by its number")
  func debitNotes() async throws {
    let (desk, documents) = (MailDesk(verified: true), documents())
    try await documents.issue()
    documents.sentBack("refund_1")
    let number = try #require(DocumentNumber("DN2627-0000001"))
    func mailed() async -> TaskOutcome {
      await SendDebitNoteMail(documents: documents, mail: mailDocument(desk))
        .perform(
          claimed(
            .debitNoteMail, DebitNotePayload(orderID: orderID.description, number: number).json, of: desk.user))
    }
    #expect(await mailed() == .retry(code: "debit_note_missing", after: .zero))
    try await documents.issue()
    #expect(await mailed() == .completed)
    #expect(desk.mailer.accepted.map(\.customID) == ["debit-note-DN2627-0000001"])
    #expect(desk.mailer.accepted.first?.text.hasPrefix("DN2627-0000001, 10000") == true)
    documents.goAway(true)
    #expect(await mailed() == .retry(code: "debit_note_unreadable", after: .zero))
  }

  @Test("a buyer is told what went back to him, once a return")
  func paymentReturns() async throws {
    let desk = MailDesk(verified: true)
    let back = PaymentReturned(
      userID: desk.user, orderID: orderID.description, paymentID: "pay_2", refundID: "refund_2", amount: Paise(19_900),
      currency: .inr)
    let task = claimed(.paymentReturnMail, PaymentReturnPayload(back).json, of: desk.user)
    for _ in 0..<2 { #expect(await SendPaymentReturnMail(deliver: desk.deliver).perform(task) == .completed) }
    #expect(desk.mailer.accepted.map(\.customID) == ["payment-return-refund_2"])
    #expect(desk.mailer.accepted.map(\.text) == ["19900, pay_2"])
    let odd = claimed(.paymentReturnMail, "{}", of: desk.user)
    #expect(
      await SendPaymentReturnMail(deliver: desk.deliver).perform(odd) == .failed(code: "malformed_payload"))
  }

  @Test("while documents cannot be read the mail is tried again")
  func away() async throws {
    let (desk, documents) = (MailDesk(verified: true), documents())
    documents.goAway(true)
    #expect(await receiptMail(desk, documents) == .retry(code: "receipt_unreadable", after: .zero))
    let note = await creditNoteMail(desk, documents, refund: "rfnd_1")
    #expect(note == .retry(code: "credit_note_unreadable", after: .zero))
  }

  @Test("an unproven address gets neither plan nor receipt nor credit note")
  func unverified() async throws {
    let (desk, plans, documents) = (MailDesk(verified: false), InMemoryCarePlans(), documents())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: desk.user, then: [])
    try await documents.issue()
    let outcomes = [
      await carePlanMail(desk, plans).perform(try planTask(desk)), await receiptMail(desk, documents),
      await creditNoteMail(desk, documents, refund: "rfnd_1"),
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
    let performers: [any TaskHandler] = [
      carePlanMail(desk, InMemoryCarePlans()),
      SendReceiptMail(documents: documents(), mail: mailDocument(desk)),
      SendCreditNoteMail(documents: documents(), mail: mailDocument(desk)),
      SendDebitNoteMail(documents: documents(), mail: mailDocument(desk)),
      SendVerificationMail(
        verifications: InMemoryVerifications(), links: PlainLinks(), deliver: desk.deliver, publicURL: publicURL),
    ]
    for performer in performers {
      let outcome = await performer.perform(claimed(performer.type, payload, of: desk.user))
      #expect(outcome == .failed(code: "malformed_payload"))
    }
  }
}
