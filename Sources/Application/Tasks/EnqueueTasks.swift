import Domain
import FoundationEssentials

/// Turns events into tasks: a settled talk into a care plan, which the report of its conversation calls back, a payment
/// into a receipt, a refund into a credit note, a debit note or a payment's return into its mail, a balance that became
/// low, or enough again without a purchase, into a mail, a registration into a verification mail, an account's link,
/// its new password, its link with Google, its passkeys, its second factor or the removal of these into a mail, a
/// deleted account into its erasure. An event that needs no task is only recorded as seen.
public struct EnqueueTasks: Sendable {
  private let queue: any EventTaskInbox
  private let accounts: any DeletedAccountReader

  public init(queue: any EventTaskInbox, accounts: any DeletedAccountReader) {
    self.queue = queue
    self.accounts = accounts
  }

  /// - Throws: `ErasureRefusal` for the deletion of an account that was not deleted, or an error of a store.
  public func callAsFunction(_ event: TaskTrigger, id: EventID) async throws {
    // The task of an event that is no deletion would have the unique key of the deletion's own.
    if case .deleted(let gone) = event { try await accounts.requireDeleted(gone.userID) }
    if case .reported(let report) = event {
      return try await queue.callBack(Self.callbackKey(conversation: report.conversationID), for: id)
    }
    try await queue.enqueue(Self.tasks(for: event), wake: Self.wake(for: event), for: id)
  }

  static func tasks(for event: TaskTrigger) -> [NewTask] {
    switch event {
    case .settled(let talk):
      [
        NewTask(
          type: .carePlan, payload: CarePlanPayload(talk).json, userID: talk.userID,
          uniqueKey: "care_plan:\(talk.sessionID)",
          callbackKey: talk.conversationID.map(callbackKey(conversation:)))
      ]
    case .captured(let payment):
      [
        NewTask(
          type: .receiptMail, payload: ReceiptMailPayload(payment).json, userID: payment.userID,
          uniqueKey: "receipt_mail:\(payment.paymentID)", orderingKey: documentsKey(payment.orderID))
      ]
    case .refunded(let refund):
      [
        NewTask(
          type: .creditNoteMail,
          payload: CreditNoteMailPayload(orderID: refund.orderID, refundID: refund.refundID).json,
          userID: refund.userID,
          uniqueKey: "credit_note_mail:\(refund.refundID)", orderingKey: documentsKey(refund.orderID))
      ]
    case .returned(let back):
      [
        NewTask(
          type: .paymentReturnMail, payload: PaymentReturnMailPayload(back).json, userID: back.userID,
          uniqueKey: "payment_return_mail:\(back.refundID)")
      ]
    case .reversed(let note):
      [
        NewTask(
          type: .debitNoteMail,
          payload: DebitNoteMailPayload(orderID: note.orderID, number: note.number).json, userID: note.userID,
          uniqueKey: "debit_note_mail:\(note.number)", orderingKey: documentsKey(note.orderID))
      ]
    case .verificationRequested(let request):
      [
        NewTask(
          type: .verificationMail, payload: VerificationMailPayload(verificationID: request.verificationID).json,
          userID: request.userID, uniqueKey: "verification_mail:\(request.verificationID)", priority: 10)
      ]
    case .googleLinked(let link):
      [
        NewTask(
          type: .googleLinkedMail, payload: GoogleLinkedMailPayload(linkID: link.linkID).json, userID: link.userID,
          uniqueKey: "google_linked_mail:\(link.linkID)", priority: 10)
      ]
    case .newDevice(let signIn):
      [
        NewTask(
          type: .newDeviceMail, payload: NewDeviceMailPayload(signIn).json, userID: signIn.userID,
          uniqueKey: "new_device_mail:\(signIn.deviceID)", priority: 10)
      ]
    case .passkeyChanged(let changed):
      [
        NewTask(
          type: .passkeyChangedMail, payload: PasskeyChangedMailPayload(changed).json, userID: changed.userID,
          uniqueKey: "passkey_changed_mail:\(changed.change.rawValue):\(changed.passkeyID)", priority: 10)
      ]
    case .linkRequested(let request):
      [
        NewTask(
          type: request.purpose.mail, payload: AccountLinkMailPayload(linkID: request.linkID).json,
          userID: request.userID, uniqueKey: "\(request.purpose.mail.rawValue):\(request.linkID)", priority: 10)
      ]
    case .passwordChanged(let change):
      [
        NewTask(
          type: .passwordChangedMail, payload: PasswordChangedMailPayload(changeID: change.changeID).json,
          userID: change.userID, uniqueKey: "password_changed_mail:\(change.changeID)", priority: 10)
      ]
    case .secondFactorChanged(let change):
      [
        NewTask(
          type: .secondFactorMail, payload: SecondFactorMailPayload(change).json, userID: change.userID,
          uniqueKey: "second_factor_mail:\(change.changeID)", priority: 10)
      ]
    case .waysInRemoved(let change):
      [
        NewTask(
          type: .waysInRemovedMail, payload: WaysInRemovedMailPayload(change).json, userID: change.userID,
          uniqueKey: "ways_in_removed_mail:\(change.changeID)", priority: 10)
      ]
    case .deleted(let gone):
      [
        NewTask(
          type: .accountErasure, payload: "{}", userID: gone.userID, uniqueKey: "account_erasure:\(gone.userID)",
          priority: 5)
      ]
    case .low(let low):
      // The event's record in the inbox prevents a second task. The next crossing is to get a task of its own.
      [
        NewTask(
          type: .lowBalanceMail, payload: LowBalanceMailPayload(low).json, userID: low.userID, uniqueKey: nil,
          orderingKey: balanceKey(low.userID))
      ]
    case .recovered(let recovered): recoveredMail(recovered)
    case .verified, .reported: []
    }
  }

  /// A purchase has its receipt. Whoever was not told that little is left needs no word about the end of that.
  private static func recoveredMail(_ recovered: TalkTimeNoLongerLow) -> [NewTask] {
    guard !recovered.mayBePurchase, let crossing = recovered.crossingID else { return [] }
    return [
      NewTask(
        type: .balanceRecoveredMail, payload: BalanceRecoveredMailPayload(crossingID: crossing).json,
        userID: recovered.userID, uniqueKey: "balance_recovered_mail:\(crossing)",
        orderingKey: balanceKey(recovered.userID))
    ]
  }

  /// The mails about one balance follow each other, so that the later one knows whether the earlier one was sent.
  private static func balanceKey(_ user: UserID) -> String { "balance:\(user)" }

  /// The documents of one order refer to each other: a receipt, its credit notes, and the debit note that reverses one.
  private static func documentsKey(_ order: String) -> String { "documents:\(order)" }

  private static func callbackKey(conversation id: String) -> String { "conversation:\(id)" }

  /// Mails that waited for a proven address are sent now. Every mail is woken: one that waits for something else looks
  /// once more, and no type that begins to wait for the proof can be forgotten here.
  static func wake(for event: TaskTrigger) -> TaskWakeUp? {
    guard case .verified(let verified) = event else { return nil }
    return TaskWakeUp(userID: verified.userID, types: TaskType.allCases.filter(\.isMail))
  }
}
