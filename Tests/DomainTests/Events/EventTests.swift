import Domain
import FoundationEssentials
import Testing

@Suite("Events")
struct EventTests {
  @Test(
    "an id is 1 to 200 visible ASCII characters", arguments: ["a", "evt_1/2:3", String(repeating: "x", count: 200)])
  func ids(text: String) { #expect(EventID(text)?.text == text) }

  @Test("an invalid id is refused", arguments: ["", "a b", "é", "a\n", "\u{7F}", String(repeating: "x", count: 201)])
  func badIDs(text: String) { #expect(EventID(text) == nil) }

  @Test("a row's id is its UUID in lower case")
  func rowID() throws {
    let uuid = try #require(UUID(uuidString: "7D444840-9DC0-11D1-B245-5FFDCE74FAD2"))
    #expect(EventID(uuid).text == "7d444840-9dc0-11d1-b245-5ffdce74fad2")
    #expect(EventID(EventID(uuid).text) == EventID(uuid))
  }

  /// Type, context and payload are the contract between the services: a change breaks the consumers.
  @Test("events are published under the names that their consumers know")
  func contract() throws {
    let user = try #require(UserID("7d444840-9dc0-11d1-b245-5ffdce74fad2"))
    let session = try #require(SessionID("AAAAAAAAAAAAAAAAAAAAAA"))
    let u = #""user_id":"7d444840-9dc0-11d1-b245-5ffdce74fad2""#
    let s = #""session_id":"AAAAAAAAAAAAAAAAAAAAAA""#
    try check(UserRegistered(userID: user), "user.registered", .identity, "{\(u)}")
    try check(UserDeleted(userID: user), "user.deleted", .identity, "{\(u)}")
    try check(UserDisabled(userID: user), "user.disabled", .identity, "{\(u)}")
    try check(EmailVerified(userID: user), "email.verified", .identity, "{\(u)}")
    try check(
      EmailVerificationRequested(userID: user, verificationID: "v"), "email.verification_requested", .identity,
      #"{\#(u),"verification_id":"v"}"#)
    try check(
      GoogleLinked(userID: user, linkID: "l"), "user.google_linked", .identity, #"{"link_id":"l",\#(u)}"#)
    try check(
      PasskeyChanged(userID: user, passkeyID: "p", change: .added), "passkey.changed", .identity,
      #"{"change":"added","passkey_id":"p",\#(u)}"#)
    try check(
      MailedAccountLinkRequested(userID: user, linkID: "l", purpose: .resetPassword), "account.link_requested",
      .identity,
      #"{"link_id":"l","purpose":"reset-password",\#(u)}"#)
    try check(
      PasswordChanged(userID: user, changeID: "c"), "password.changed", .identity, #"{"change_id":"c",\#(u)}"#)
    try check(
      SecondFactorChanged(userID: user, changeID: "c", isAdded: true), "user.second_factor_changed", .identity,
      #"{"change_id":"c","is_added":true,\#(u)}"#)
    try check(
      WaysInRemoved(
        userID: user, changeID: "c", cause: .emailChangeUndone, passkeys: 2, authenticatorApp: true, google: false),
      "user.ways_in_removed", .identity,
      #"{"authenticator_app":true,"cause":"email_change_undone","change_id":"c","google":false,"passkeys":2,\#(u)}"#)
    try check(
      WalletChanged(userID: user, version: 3, available: .seconds(2), frozen: true), "wallet.changed", .billing,
      #"{"available_ms":2000,"frozen":true,\#(u),"version":3}"#)
    try check(
      PaymentCaptured(
        userID: user, orderID: "o", paymentID: "p", amount: Paise(100), currency: .inr, talkTime: .seconds(1)),
      "payment.captured", .billing,
      #"{"amount":100,"currency":"INR","order_id":"o","payment_id":"p","talktime_ms":1000,\#(u)}"#)
    try check(
      PaymentReturned(
        userID: user, orderID: "o", paymentID: "p", refundID: "r", amount: Paise(100), currency: .inr),
      "payment.returned", .billing,
      #"{"amount":100,"currency":"INR","order_id":"o","payment_id":"p","refund_id":"r",\#(u)}"#)
    try check(
      DebitNoteIssued(
        userID: user, orderID: "o", refundID: "r", number: try #require(DocumentNumber("DN2627-0000001"))),
      "debit_note.issued", .billing, #"{"number":"DN2627-0000001","order_id":"o","refund_id":"r",\#(u)}"#)
    try check(
      PaymentFailed(userID: user, orderID: "o", paymentID: "p"), "payment.failed", .billing,
      #"{"order_id":"o","payment_id":"p",\#(u)}"#)
    try check(
      TalkSettled(userID: user, sessionID: session, conversationID: nil, charged: .seconds(1), endReason: "user"),
      "session.settled", .talk, #"{"charged_ms":1000,"end_reason":"user",\#(s),\#(u)}"#)
    try check(
      ConversationReported(userID: user, conversationID: "conv_1"), "conversation.reported", .talk,
      #"{"conversation_id":"conv_1",\#(u)}"#)
    try check(
      TalkTimeLow(userID: user, remaining: .seconds(1), version: 7), "talktime.low", .talk,
      #"{"remaining_ms":1000,\#(u),"version":7}"#)
    try check(
      TalkTimeNoLongerLow(userID: user, remaining: .seconds(1), entryKind: "grant", lowVersion: 7),
      "talktime.recovered",
      .talk, #"{"entry_kind":"grant","low_version":7,"remaining_ms":1000,\#(u)}"#)
    // As the release before writes them.
    try check(
      TalkTimeLow(userID: user, remaining: .seconds(1), version: nil), "talktime.low", .talk,
      #"{"remaining_ms":1000,\#(u)}"#)
    try check(
      TalkTimeNoLongerLow(userID: user, remaining: .seconds(1), entryKind: nil, lowVersion: nil), "talktime.recovered",
      .talk, #"{"remaining_ms":1000,\#(u)}"#)
    try check(
      CarePlanFinished(userID: user, sessionID: session, status: "ready"), "care_plan.ready", .tasks,
      #"{\#(s),"status":"ready",\#(u)}"#)
    try check(
      TaskFailed(taskID: "t", taskType: "receipt_mail", userID: user, errorCode: "mailjet_refused"), "task.failed",
      .tasks, #"{"error_code":"mailjet_refused","task_id":"t","task_type":"receipt_mail",\#(u)}"#)
    try check(
      TaskFailed(taskID: "t", taskType: "task_action", userID: nil, errorCode: "worker_lost"), "task.failed",
      .tasks, #"{"error_code":"worker_lost","task_id":"t","task_type":"task_action"}"#)
  }

  private func check<Event: DomainEvent & Equatable>(
    _ event: Event, _ type: String, _ context: BoundedContext, _ json: String
  ) throws {
    #expect(Event.type == type && Event.context == context && !event.subject.isEmpty)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(String(decoding: try encoder.encode(event), as: UTF8.self) == json)
    #expect(try JSONDecoder().decode(Event.self, from: Data(json.utf8)) == event)
  }
}
