import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// A secret that contains all values that it is derived from.
struct PlainLinks: MailedLinkSecretGenerator {
  func secret(purpose: String, id: String, user: UserID, expires: Date) -> String {
    "\(purpose)/\(id)/\(user)/\(Int(expires.timeIntervalSince1970))"
  }
  func code(purpose: String, id: String, user: UserID, expires: Date) -> MailedCode { MailedCode(12_345_678) }
  func limitSubject(of holder: MailedCodeHolder) -> String { "" }
}

@Suite("The mails of a care plan, a payment and a new address")
struct SendMailTests {
  let publicURL = "https://talk.example"

  // MARK: care plan

  private func carePlanMail(
    _ world: MailWorld, _ plans: InMemoryCarePlanRepository, _ kind: CarePlanMailKind = .full,
    chosen: CarePlanMailKind? = nil, allowsFull: Bool = true
  ) -> SendCarePlanMail {
    let choices = InMemoryCarePlanMailChoices()
    choices.choose(chosen, by: world.user)
    return SendCarePlanMail(
      plans: plans, choices: choices, deliver: world.deliver, publicURL: publicURL,
      policy: CarePlanMailPolicy(standard: kind, allowsFull: allowsFull))
  }

  private func planTask(_ world: MailWorld) throws -> ClaimedTask {
    claimed(.carePlanMail, CarePlanMailPayload(sessionID: try session()).json, of: world.user)
  }

  @Test("a stored plan is mailed with the link to its session")
  func plan() async throws {
    let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    #expect(await carePlanMail(world, plans).perform(try planTask(world)) == .completed)
    let mail = try #require(world.mailer.accepted.first)
    #expect(mail.subject == "Sleep better" && mail.text == "https://talk.example/#plan=AAAAAAAAAAAAAAAAAAAAAA")
    #expect(mail.customID == "care-plan-AAAAAAAAAAAAAAAAAAAAAA")
  }

  @Test("a mail with a link has no word of the plan, but the fixed answer of a crisis", arguments: [false, true])
  func planLink(isCrisis: Bool) async throws {
    let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan().withCrisisHelp(isCrisis)), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    #expect(await carePlanMail(world, plans, .link).perform(try planTask(world)) == .completed)
    let mail = try #require(world.mailer.accepted.first)
    #expect(mail.subject == (isCrisis ? "plan ready, crisis" : "plan ready"))
    #expect(mail.text == "https://talk.example/#plan=AAAAAAAAAAAAAAAAAAAAAA")
  }

  @Test(
    "the user's choice decides what is mailed, within what the operator allows",
    arguments: [
      (CarePlanMailKind.link, CarePlanMailKind.full, true, ["Sleep better"]), (.link, .full, false, ["plan ready"]),
      (.full, .link, true, ["plan ready"]), (.full, .none, true, []), (.none, .link, true, ["plan ready"]),
    ])
  func chosen(standard: CarePlanMailKind, choice: CarePlanMailKind, allowsFull: Bool, subjects: [String]) async throws {
    let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    let mail = carePlanMail(world, plans, standard, chosen: choice, allowsFull: allowsFull)
    #expect(await mail.perform(try planTask(world)) == .completed)
    #expect(world.mailer.accepted.map(\.subject) == subjects)
  }

  @Test("no mail is made of a plan that was skipped or cannot be read")
  func planGone() async throws {
    for stored in [CarePlanOutcome.skipped(reason: "nothing_said"), .ready(planJSON: #"{"title":"x"}"#)] {
      let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
      try await plans.store(stored, session: try session(), user: world.user, then: [])
      #expect(await carePlanMail(world, plans).perform(try planTask(world)) == .failed(code: "plan_invalid"))
      #expect(world.mailer.accepted.isEmpty)
    }
  }

  @Test("a plan that has reached its age while its mail waited is not mailed, and that is no failure")
  func planExpired() async throws {
    for isVerified in [true, false] {
      let (world, plans) = (MailWorld(verified: isVerified), InMemoryCarePlanRepository())
      #expect(await carePlanMail(world, plans).perform(try planTask(world)) == .completed)
      #expect(world.mailer.accepted.isEmpty)
    }
  }

  @Test("a plan that this instance cannot unseal is tried again, however old the task is by then")
  func planUnreadable() async throws {
    let (world, plans) = (MailWorld(verified: false), InMemoryCarePlanRepository())
    try await plans.store(.unreadable, session: try session(), user: world.user, then: [])
    func outcome(_ age: Duration) async throws -> TaskOutcome {
      let payload = CarePlanMailPayload(sessionID: try session()).json
      return await carePlanMail(world, plans).perform(claimed(.carePlanMail, payload, of: world.user, age: age))
    }
    // While nobody has proven the address, nobody needs the plan.
    #expect(try await outcome(.seconds(4 * 86_400)) == .waiting(for: .seconds(86_400)))
    world.address(verified: true)
    for days in [0, 1, 4, 29] {
      #expect(try await outcome(.seconds(days * 86_400)) == .retry(code: "plan_unreadable", after: .zero))
    }
    #expect(world.mailer.accepted.isEmpty)
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    #expect(try await outcome(.seconds(29 * 86_400)) == .completed)
    #expect(world.mailer.accepted.map(\.subject) == ["Sleep better"])
  }

  @Test("while a plan cannot be unsealed, Mailjet is not asked about its mail, and none of its three days pass")
  func planUnreadableForDays() async throws {
    let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
    try await plans.store(.unreadable, session: try session(), user: world.user, then: [])
    func outcome(attempt: Int) async throws -> TaskOutcome {
      let payload = CarePlanMailPayload(sessionID: try session()).json
      let age = Duration.seconds(attempt * 86_400)
      return await carePlanMail(world, plans).perform(
        claimed(.carePlanMail, payload, of: world.user, attempt: attempt, age: age))
    }
    for attempt in 1...5 {
      #expect(try await outcome(attempt: attempt) == .retry(code: "plan_unreadable", after: .zero))
      world.log.advance(by: .seconds(86_400))
    }
    #expect(world.mailer.questions.isEmpty)
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    world.mailer.fail(.fails(.unavailable(code: "mailjet_unreachable", after: .zero)))
    #expect(try await outcome(attempt: 6) == .waiting(for: .seconds(5), because: "mailjet_unreachable"))
    world.mailer.fail(.none)
    #expect(try await outcome(attempt: 6) == .completed)
    #expect(world.mailer.accepted.map(\.subject) == ["Sleep better"])
  }

  @Test("a mail that Mailjet may have is asked for, also while its plan cannot be unsealed")
  func planUnreadableInDoubt() async throws {
    let (world, plans, sealed) = (
      MailWorld(verified: true), InMemoryCarePlanRepository(), InMemoryCarePlanRepository()
    )
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    try await sealed.store(.unreadable, session: try session(), user: world.user, then: [])
    world.mailer.fail(.losesAnswer)
    #expect(
      await carePlanMail(world, plans).perform(try planTask(world)) == .retry(code: "mail_timeout", after: .seconds(2)))
    world.mailer.fail(.none)
    #expect(await carePlanMail(world, sealed).perform(try planTask(world)) == .completed)
    #expect(world.mailer.accepted.count == 1 && world.mailer.questions.count == 1)
  }

  @Test("a plan that its owner has deleted is not mailed any more, and that is no failure")
  func planDeleted() async throws {
    let (world, plans) = (MailWorld(verified: true), InMemoryCarePlanRepository())
    try await plans.store(.ready(planJSON: "{}"), session: try session(), user: world.user, then: [])
    try await plans.erase(try session(), of: world.user)
    #expect(await carePlanMail(world, plans).perform(try planTask(world)) == .completed)
    #expect(world.mailer.accepted.isEmpty)
  }

  // MARK: receipt

  let orderID = OrderID(UUID())

  func paid() -> PaymentCaptured {
    PaymentCaptured(
      userID: UserID(UUID()), orderID: orderID.description, paymentID: "pay_1", amount: Paise(19_900), currency: .inr,
      talkTime: .minutes(10))
  }

  /// A paid order, half of which was refunded.
  func documents() -> InMemoryDocumentRepository {
    let documents = InMemoryDocumentRepository()
    documents.add(.sample(orderID, paymentID: "pay_1"))
    documents.returned(Paise(10_000), of: orderID, id: "refund_1", razorpayID: "rfnd_1")
    return documents
  }

  /// - Parameter steps: a queue that does not have the task keeps nothing, so that each look is a first one.
  func mailDocument(_ world: MailWorld, steps: InMemoryTaskQueue = InMemoryTaskQueue()) -> MailDocument {
    MailDocument(pages: PlainPages(), deliver: world.deliver, publicURL: publicURL, steps: steps)
  }

  private func receiptMail(
    _ world: MailWorld, _ documents: InMemoryDocumentRepository
  ) async -> TaskOutcome {
    await SendReceiptMail(documents: documents, mail: mailDocument(world))
      .perform(claimed(.receiptMail, ReceiptMailPayload(paid()).json, of: world.user))
  }

  private func creditNoteMail(
    _ world: MailWorld, _ documents: InMemoryDocumentRepository, refund: String
  ) async -> TaskOutcome {
    let payload = CreditNoteMailPayload(orderID: orderID.description, refundID: refund).json
    return await SendCreditNoteMail(documents: documents, mail: mailDocument(world))
      .perform(claimed(.creditNoteMail, payload, of: world.user))
  }

  @Test("a receipt is mailed with its number, its page and a link, once it is issued")
  func receipts() async throws {
    let (world, documents) = (MailWorld(verified: true), documents())
    #expect(await receiptMail(world, documents) == .waiting(for: .seconds(1)))
    try await documents.issue()
    #expect(await receiptMail(world, documents) == .completed)
    let mail = try #require(world.mailer.accepted.first)
    #expect(mail.text == "TT2627-0000001, 19900, https://talk.example/#receipt=\(orderID)")
    #expect(mail.customID == "receipt-pay_1")
    let page = MailAttachment(name: "TT2627-0000001.html", mediaType: "text/html", content: "<p>TT2627-0000001</p>")
    #expect(mail.attachments == [page])
  }

  @Test("a credit note is mailed by either id of its refund, once it is issued", arguments: ["refund_1", "rfnd_1"])
  func creditNotes(refund: String) async throws {
    let (world, documents) = (MailWorld(verified: true), documents())
    let early = await creditNoteMail(world, documents, refund: refund)
    #expect(early == .retry(code: "receipt_missing", after: .zero))
    try await documents.issue()
    #expect(await creditNoteMail(world, documents, refund: "rfnd_2") == .waiting(for: .seconds(1)))
    #expect(await creditNoteMail(world, documents, refund: refund) == .completed)
    let mail = try #require(world.mailer.accepted.first)
    #expect(world.mailer.accepted.count == 1 && mail.text.hasPrefix("CN2627-0000001, 10000"))
    #expect(mail.customID == "credit-note-\(refund)")
  }

  @Test("a reversal is mailed by its number")
  func debitNotes() async throws {
    let (world, documents) = (MailWorld(verified: true), documents())
    try await documents.issue()
    documents.sentBack("refund_1")
    let number = try #require(DocumentNumber("DN2627-0000001"))
    func mailed() async -> TaskOutcome {
      await SendDebitNoteMail(documents: documents, mail: mailDocument(world))
        .perform(
          claimed(
            .debitNoteMail, DebitNoteMailPayload(orderID: orderID.description, number: number).json, of: world.user))
    }
    #expect(await mailed() == .retry(code: "debit_note_missing", after: .zero))
    try await documents.issue()
    #expect(await mailed() == .completed)
    #expect(world.mailer.accepted.map(\.customID) == ["debit-note-DN2627-0000001"])
    #expect(world.mailer.accepted.first?.text.hasPrefix("DN2627-0000001, 10000") == true)
    documents.goAway(true)
    #expect(await mailed() == .retry(code: "debit_note_unreadable", after: .zero))
  }

  @Test("a buyer gets a mail about a returned payment, once a return")
  func paymentReturns() async throws {
    let world = MailWorld(verified: true)
    let back = PaymentReturned(
      userID: world.user, orderID: orderID.description, paymentID: "pay_2", refundID: "refund_2", amount: Paise(19_900),
      currency: .inr)
    let task = claimed(.paymentReturnMail, PaymentReturnMailPayload(back).json, of: world.user)
    for _ in 0..<2 { #expect(await SendPaymentReturnMail(deliver: world.deliver).perform(task) == .completed) }
    #expect(world.mailer.accepted.map(\.customID) == ["payment-return-refund_2"])
    #expect(world.mailer.accepted.map(\.text) == ["19900, pay_2"])
    let odd = claimed(.paymentReturnMail, "{}", of: world.user)
    #expect(
      await SendPaymentReturnMail(deliver: world.deliver).perform(odd) == .failed(code: "malformed_payload"))
  }

  @Test("while documents cannot be read the mail is retried")
  func away() async throws {
    let (world, documents) = (MailWorld(verified: true), documents())
    documents.goAway(true)
    #expect(await receiptMail(world, documents) == .retry(code: "receipt_unreadable", after: .zero))
    let note = await creditNoteMail(world, documents, refund: "rfnd_1")
    #expect(note == .retry(code: "credit_note_unreadable", after: .zero))
  }

  @Test("a mail to an account that is deleted is not sent, and that is no failure")
  func accountGone() async throws {
    for isVerified in [true, false] {
      let (world, plans, documents) = (MailWorld(verified: isVerified), InMemoryCarePlanRepository(), documents())
      let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
      try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
      try await documents.issue()
      world.log.remove(world.user)
      let back = PaymentReturned(
        userID: world.user, orderID: orderID.description, paymentID: "pay_2", refundID: "refund_2",
        amount: Paise(19_900), currency: .inr)
      let link = GoogleLinkedMailPayload(linkID: "l1").json
      let outcomes = [
        await carePlanMail(world, plans).perform(try planTask(world)), await receiptMail(world, documents),
        await creditNoteMail(world, documents, refund: "rfnd_1"),
        await SendPaymentReturnMail(deliver: world.deliver)
          .perform(claimed(.paymentReturnMail, PaymentReturnMailPayload(back).json, of: world.user)),
        await SendLowBalanceMail(
          balances: InMemoryBalances([world.user: .seconds(90)]), deliver: world.deliver, publicURL: publicURL
        ).perform(claimed(.lowBalanceMail, "{}", of: world.user)),
        await SendAccountNotice<GoogleLinkedMailPayload>(deliver: world.deliver, publicURL: publicURL)
          .perform(claimed(.googleLinkedMail, link, of: world.user)),
      ]
      for outcome in outcomes { #expect(outcome == .completed) }
      #expect(world.mailer.accepted.isEmpty && world.log.sent.isEmpty)
    }
  }

  @Test("an unverified address gets neither plan nor receipt nor credit note")
  func unverified() async throws {
    let (world, plans, documents) = (MailWorld(verified: false), InMemoryCarePlanRepository(), documents())
    let json = String(decoding: try JSONEncoder().encode(try sleepPlan()), as: UTF8.self)
    try await plans.store(.ready(planJSON: json), session: try session(), user: world.user, then: [])
    try await documents.issue()
    let outcomes = [
      await carePlanMail(world, plans).perform(try planTask(world)), await receiptMail(world, documents),
      await creditNoteMail(world, documents, refund: "rfnd_1"),
    ]
    for outcome in outcomes { #expect(outcome == .waiting(for: .seconds(3_600))) }
    #expect(world.mailer.accepted.isEmpty)
  }

  @Test("a mail with an unreadable payload fails for good", arguments: ["{}", "[]", "", #"{"session_id":"short"}"#])
  func malformed(payload: String) async throws {
    let world = MailWorld(verified: true)
    let performers: [any TaskHandler] = [
      carePlanMail(world, InMemoryCarePlanRepository()),
      SendReceiptMail(documents: documents(), mail: mailDocument(world)),
      SendCreditNoteMail(documents: documents(), mail: mailDocument(world)),
      SendDebitNoteMail(documents: documents(), mail: mailDocument(world)),
      SendVerificationMail(
        links: InMemoryMailedLinks(), renewer: InMemoryMailedLinks(), secrets: PlainLinks(), deliver: world.deliver,
        publicURL: publicURL),
    ]
    for performer in performers {
      let outcome = await performer.perform(claimed(performer.type, payload, of: world.user))
      #expect(outcome == .failed(code: "malformed_payload"))
    }
  }
}
