import Domain
import Foundation
import Testing

@Suite("What the other services ask of the task service")
struct TaskVocabularyTests {
  /// The events that the task service reads, and the purposes of mailed links, by level. A level that was released is
  /// not changed any more.
  private static let words: [Int: Set<String>] = [1: first, 2: first.union(["TalkTimeNoLongerLow"])]
  private static let first: Set<String> = [
    "TalkSettled", "ConversationReported", "PaymentCaptured", "PaymentRefunded", "PaymentReturned", "DebitNoteIssued",
    "EmailVerificationRequested", "EmailVerified", "GoogleLinked", "NewDeviceSignedIn", "PasskeyChanged",
    "MailedAccountLinkRequested", "PasswordChanged", "SecondFactorChanged", "TalkTimeLow", "WaysInRemoved",
    "UserDeleted", "verify-email", "reset-password", "change-email", "undo-email-change", "reauthenticate",
  ]

  @Test("a new event or purpose raises the level, by which an older task service is noticed")
  func level() throws {
    let file = ErrorPage.root.appending(path: "Sources/Application/Tasks/TaskTrigger.swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    let events = source.matches(of: #/event\((\w+)\.self\)/#).map { String($0.1) }
    // Without any, the file that reads the events is another one now, and this test would show nothing.
    try #require(events.count > 10)
    let now = Set(events + MailedAccountLinkPurpose.allCases.map(\.rawValue))
    #expect(Self.words[TaskVocabulary.level] == now, "raise TaskVocabulary.level, and list its words here")
    #expect(Self.words.keys.max() == TaskVocabulary.level)
  }
}
