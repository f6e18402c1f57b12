import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Tasks made from events")
struct EnqueueTasksTests {
  let queue = InMemoryTaskQueue()

  @Test("a settled talk makes the task of its care plan, once however often it is reported")
  func carePlan() async throws {
    let user = UserID(UUID())
    let session = try #require(SessionID("AAAAAAAAAAAAAAAAAAAAAA"))
    let settled = TalkSettled(
      userID: user, sessionID: session, conversationID: "conv_1", charged: .seconds(20), endReason: "user")
    let enqueue = EnqueueTasks(queue: queue, accounts: queue)
    for id in ["1", "1", "2"] { try await enqueue(.settled(settled), id: try #require(EventID(id))) }
    #expect(queue.rows.count == 1)
    let row = try #require(queue.rows.first)
    #expect(row.task.type == .carePlan && row.task.userID == user)
    #expect(CarePlanPayload(json: row.task.payload) == CarePlanPayload(settled))
  }

  @Test("a verified address wakes each mail that waited for it, and nothing else", arguments: TaskType.allCases)
  func wakes(type: TaskType) async throws {
    let user = UserID(UUID())
    let task = NewTask(type: type, payload: "{}", userID: user, uniqueKey: nil)
    try await queue.enqueue([task], wake: nil, for: try #require(EventID("1")))
    let claimed = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).first)
    _ = try await queue.finish(claimed, worker: "a", as: .again(after: .seconds(900), code: nil, counts: false))
    #expect(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).isEmpty)
    try await EnqueueTasks(queue: queue, accounts: queue)(
      .verified(EmailVerified(userID: user)), id: try #require(EventID("2")))
    let woken = try await queue.claim(limit: 1, worker: "a", lease: .seconds(9))
    #expect(woken.map(\.type) == (type.rawValue.hasSuffix("_mail") ? [type] : []))
  }

  @Test("the report of a conversation calls back the care plans of its talks, and no other task")
  func callsBack() async throws {
    let (user, enqueue) = (UserID(UUID()), EnqueueTasks(queue: queue, accounts: queue))
    for (number, conversation) in ["conv_1", "conv_2", nil].enumerated() {
      let session = try #require(SessionID(shard: Shard(of: user), random: Array(repeating: UInt8(number), count: 16)))
      let settled = TalkSettled(
        userID: user, sessionID: session, conversationID: conversation, charged: .seconds(20), endReason: "user")
      try await enqueue(.settled(settled), id: EventID(UUID()))
    }
    for task in try await queue.claim(limit: 3, worker: "a", lease: .seconds(9)) {
      _ = try await queue.finish(task, worker: "a", as: .afterCallback(orAfter: .seconds(900), code: nil))
    }
    try await enqueue(.reported(ConversationReported(userID: user, conversationID: "conv_1")), id: EventID(UUID()))
    let called = try await queue.claim(limit: 3, worker: "a", lease: .seconds(9))
    #expect(called.compactMap { CarePlanPayload(json: $0.payload)?.conversationID } == ["conv_1"])
  }

  @Test("a payment makes the task of its receipt's mail, once a payment")
  func receipt() async throws {
    let paid = PaymentCaptured(
      userID: UserID(UUID()), orderID: "order_1", paymentID: "pay_1", amount: Paise(19_900), currency: .inr,
      talkTime: .minutes(10))
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.captured(paid), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .receiptMail && row.task.userID == paid.userID)
    #expect(ReceiptMailPayload(json: row.task.payload) == ReceiptMailPayload(paid))
  }

  @Test("a refund makes the task of its credit note's mail, once a refund")
  func creditNote() async throws {
    let back = PaymentRefunded(
      userID: UserID(UUID()), orderID: "order_1", paymentID: "pay_1", refundID: "refund_1", amount: Paise(100),
      currency: .inr)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.refunded(back), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .creditNoteMail && row.task.userID == back.userID)
    #expect(
      CreditNoteMailPayload(json: row.task.payload) == CreditNoteMailPayload(orderID: "order_1", refundID: "refund_1"))
  }

  @Test("a returned payment makes the task of its mail, once a return")
  func paymentReturn() async throws {
    let back = PaymentReturned(
      userID: UserID(UUID()), orderID: "order_1", paymentID: "pay_2", refundID: "refund_1", amount: Paise(19_900),
      currency: .inr)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.returned(back), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .paymentReturnMail && row.task.userID == back.userID)
    #expect(PaymentReturnMailPayload(json: row.task.payload) == PaymentReturnMailPayload(back))
  }

  @Test("a link with Google makes the task of its mail, once a link")
  func googleLink() async throws {
    let link = GoogleLinked(userID: UserID(UUID()), linkID: "l1")
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.googleLinked(link), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .googleLinkedMail && row.task.userID == link.userID)
    #expect(GoogleLinkedMailPayload(json: row.task.payload) == GoogleLinkedMailPayload(linkID: "l1"))
  }

  @Test("a sign-in with a new device makes the task of its mail, once a device")
  func newDevice() async throws {
    let signIn = NewDeviceSignedIn(
      userID: UserID(UUID()), deviceID: "d1", network: "203.0.113.0/24", userAgent: "browser",
      signedInAt: 1_795_500_000)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.newDevice(signIn), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .newDeviceMail && row.task.userID == signIn.userID)
    #expect(NewDeviceMailPayload(json: row.task.payload) == NewDeviceMailPayload(signIn))
  }

  @Test("a removal of ways to sign in makes the task of its mail, once a removal")
  func waysInRemoved() async throws {
    let change = WaysInRemoved(
      userID: UserID(UUID()), changeID: "c1", cause: .passwordReset, passkeys: 1, authenticatorApp: false, google: true)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.waysInRemoved(change), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .waysInRemovedMail && row.task.userID == change.userID)
    #expect(WaysInRemovedMailPayload(json: row.task.payload) == WaysInRemovedMailPayload(change))
  }

  @Test("a change of the second factor makes the task of its mail, once a change")
  func secondFactor() async throws {
    let change = SecondFactorChanged(userID: UserID(UUID()), changeID: "c1", isAdded: false)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.secondFactorChanged(change), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .secondFactorMail && row.task.userID == change.userID)
    #expect(row.task.payload == #"{"change_id":"c1","is_added":false}"#)
  }

  @Test("a change of the passkeys makes the task of its mail, once a change")
  func passkey() async throws {
    let user = UserID(UUID())
    for change in PasskeyChange.allCases {
      let changed = PasskeyChanged(userID: user, passkeyID: "p", change: change)
      for id in ["1", "2"] {
        try await EnqueueTasks(queue: queue, accounts: queue)(
          .passkeyChanged(changed), id: try #require(EventID("\(change.rawValue)-\(id)")))
      }
      let payload = PasskeyChangedMailPayload(changed)
      let row = try #require(queue.rows.first { PasskeyChangedMailPayload(json: $0.task.payload) == payload })
      #expect(row.task.type == .passkeyChangedMail && row.task.userID == user)
    }
    #expect(queue.rows.count == 2)
  }

  @Test("a reversal makes the task of its mail, once a number")
  func debitNote() async throws {
    let number = try #require(DocumentNumber("DN2627-0000001"))
    let issued = DebitNoteIssued(userID: UserID(UUID()), orderID: "order_1", refundID: "refund_1", number: number)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(.reversed(issued), id: try #require(EventID(id)))
    }
    let row = try #require(queue.rows.first)
    #expect(queue.rows.count == 1 && row.task.type == .debitNoteMail && row.task.userID == issued.userID)
    #expect(DebitNoteMailPayload(json: row.task.payload) == DebitNoteMailPayload(orderID: "order_1", number: number))
  }

  @Test("each link and each change of a password makes the task of its mail, once")
  func accountMails() async throws {
    let user = UserID(UUID())
    let enqueue = EnqueueTasks(queue: queue, accounts: queue)
    let mails: [(MailedAccountLinkPurpose, TaskType)] = [
      (.verifyEmail, .verificationMail), (.resetPassword, .passwordResetMail), (.changeEmail, .emailChangeMail),
      (.undoEmailChange, .emailUndoMail), (.reauthenticate, .reauthenticationMail),
    ]
    for (number, (purpose, type)) in mails.enumerated() {
      let request = MailedAccountLinkRequested(userID: user, linkID: "l\(number)", purpose: purpose)
      for id in ["a", "b"] { try await enqueue(.linkRequested(request), id: try #require(EventID("\(number)\(id)"))) }
      let row = try #require(queue.rows.first { $0.task.type == type })
      #expect(queue.rows.count == number + 1 && row.task.userID == user)
      #expect(row.task.payload == #"{"link_id":"l\#(number)"}"#)
    }
    let change = PasswordChanged(userID: user, changeID: "c")
    for id in ["c", "d"] { try await enqueue(.passwordChanged(change), id: try #require(EventID(id))) }
    let row = queue.rows.first { $0.task.type == .passwordChangedMail }
    #expect(queue.rows.count == mails.count + 1 && row?.task.payload == #"{"change_id":"c"}"#)
  }

  @Test("the mails of an order's documents follow each other, and hold neither those of another order nor other mails")
  func documentsInOrder() async throws {
    let (user, enqueue) = (UserID(UUID()), EnqueueTasks(queue: queue, accounts: queue))
    let number = try #require(DocumentNumber("DN2627-0000001"))
    func paid(_ order: String) -> TaskTrigger {
      .captured(
        PaymentCaptured(
          userID: user, orderID: order, paymentID: "pay_\(order)", amount: Paise(19_900), currency: .inr,
          talkTime: .minutes(10)))
    }
    let refund = PaymentRefunded(
      userID: user, orderID: "o1", paymentID: "pay_o1", refundID: "r1", amount: Paise(100), currency: .inr)
    let events: [TaskTrigger] = [
      paid("o1"), .refunded(refund),
      .reversed(DebitNoteIssued(userID: user, orderID: "o1", refundID: "r1", number: number)),
      .passwordChanged(PasswordChanged(userID: user, changeID: "c")), paid("o2"),
    ]
    for event in events {
      try await enqueue(event, id: EventID(UUID()))
      queue.advance(.seconds(1))
    }
    func next() async throws -> [ClaimedTask] { try await queue.claim(limit: 9, worker: "a", lease: .seconds(900)) }
    let first = try await next()
    #expect(Set(first.map(\.type)) == [.receiptMail, .passwordChangedMail] && first.count == 3)
    let receipt = try #require(first.first { ReceiptMailPayload(json: $0.payload)?.orderID == "o1" })
    // It waits for its document.
    _ = try await queue.finish(receipt, worker: "a", as: .again(after: .seconds(60), code: nil, counts: false))
    #expect(try await next().isEmpty)
    queue.advance(.seconds(60))
    for type in [TaskType.receiptMail, .creditNoteMail, .debitNoteMail] {
      let found = try await next()
      #expect(found.map(\.type) == [type])
      for task in found { _ = try await queue.finish(task, worker: "a", as: .completed) }
    }
  }

  @Test("a low balance and its recovery make mails that follow each other, and a recovery by a purchase makes none")
  func balance() async throws {
    let (user, enqueue) = (UserID(UUID()), EnqueueTasks(queue: queue, accounts: queue))
    try await enqueue(.low(TalkTimeLow(userID: user, remaining: .zero, version: 7)), id: EventID(UUID()))
    for kind in [nil, "purchase", "grant", "grant"] {
      let recovered = TalkTimeNoLongerLow(userID: user, remaining: .minutes(9), entryKind: kind, lowVersion: 7)
      try await enqueue(.recovered(recovered), id: EventID(UUID()))
    }
    // Nothing was low before.
    let unasked = TalkTimeNoLongerLow(userID: user, remaining: .minutes(9), entryKind: "grant", lowVersion: nil)
    try await enqueue(.recovered(unasked), id: EventID(UUID()))
    #expect(queue.rows.count == 2)
    let first = try await queue.claim(limit: 9, worker: "a", lease: .seconds(9))
    #expect(first.map(\.type) == [.lowBalanceMail])
    for task in first { _ = try await queue.finish(task, worker: "a", as: .completed) }
    let second = try await queue.claim(limit: 9, worker: "a", lease: .seconds(9))
    #expect(second.map(\.type) == [.balanceRecoveredMail] && second.first?.userID == user)
    let crossings = [
      first.first.flatMap { LowBalanceMailPayload(json: $0.payload)?.crossingID },
      second.first.flatMap { BalanceRecoveredMailPayload(json: $0.payload)?.crossingID },
    ]
    #expect(crossings == ["\(user)-7", "\(user)-7"])
  }

  @Test("a deleted account makes the task of its erasure, once")
  func erasure() async throws {
    let user = UserID(UUID())
    queue.delete(user)
    for id in ["1", "2"] {
      try await EnqueueTasks(queue: queue, accounts: queue)(
        .deleted(UserDeleted(userID: user)), id: try #require(EventID(id)))
    }
    #expect(queue.rows.map(\.task.type) == [.accountErasure] && queue.rows.first?.task.userID == user)
  }

  @Test(
    "an event about an account that was not deleted makes no task, and does not stand in the way of a later deletion")
  func unfoundedErasure() async throws {
    let (user, enqueue) = (UserID(UUID()), EnqueueTasks(queue: queue, accounts: queue))
    let event = TaskTrigger.deleted(UserDeleted(userID: user))
    await #expect(throws: ErasureRefusal.accountNotDeleted) { try await enqueue(event, id: EventID(UUID())) }
    #expect(queue.rows.isEmpty)
    queue.delete(user)
    try await enqueue(event, id: EventID(UUID()))
    #expect(queue.rows.map(\.task.type) == [.accountErasure])
  }

  @Test("an erasure that a release before has made of a false event does not stand in the way of the later deletion")
  func erasureOfBefore() async throws {
    let user = UserID(UUID())
    queue.insert(
      NewTask(type: .accountErasure, payload: "{}", userID: user, uniqueKey: "account_erasure:\(user)", priority: 5))
    let task = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).first)
    #expect(try await queue.finish(task, worker: "a", as: .failed(code: "account_not_deleted")))
    queue.delete(user)
    try await EnqueueTasks(queue: queue, accounts: queue)(
      .deleted(UserDeleted(userID: user)), id: EventID(UUID()))
    #expect(queue.rows.map(\.state) == [.pending] && queue.rows.map(\.task.type) == [.accountErasure])
  }

  @Test("a verification is more urgent than other tasks, and its payload contains no address")
  func verification() async throws {
    let user = UserID(UUID())
    let enqueue = EnqueueTasks(queue: queue, accounts: queue)
    let paid = PaymentCaptured(
      userID: user, orderID: "order_1", paymentID: "pay_1", amount: Paise(100), currency: .inr, talkTime: .seconds(1))
    try await enqueue(.captured(paid), id: try #require(EventID("1")))
    queue.advance(.seconds(1))
    let request = EmailVerificationRequested(userID: user, verificationID: "v1")
    try await enqueue(.verificationRequested(request), id: try #require(EventID("2")))
    let first = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).first)
    #expect(first.type == .verificationMail && first.payload == #"{"verification_id":"v1"}"#)
  }
}
