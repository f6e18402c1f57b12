import Application
import Domain
import Foundation
import Testing

/// A user of one test, and the steps of their talks.
struct TalkLedgerPerson: Sendable {
  let store: any TalkLedgerStore
  let user = UserID(UUID())
  var talkLedger: any TalkLedger { store.talkLedger }
  var history: any TalkHistory { store.history }
  var proofs: any TalkProofReader { store.proofs }

  /// A user with this time in the wallet.
  static func with(_ time: TalkTime, in store: any TalkLedgerStore) async throws -> TalkLedgerPerson {
    let person = TalkLedgerPerson(store: store)
    try await store.credit(person.user, time)
    return person
  }

  func newSession() throws -> SessionID {
    try #require(SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
  }

  func opening(_ session: SessionID, conversation: String? = nil) -> NewTalk {
    let id = conversation ?? "conv_\(session)"
    return NewTalk(
      session: session, user: user, agent: "agent",
      invitation: VoiceInvitation(signedURL: "wss://agent.test/\(id)", conversation: id))
  }

  /// A talk with its first slice.
  @discardableResult
  func opened() async throws -> SessionID {
    let session = try newSession()
    _ = try await talkLedger.open(opening(session))
    return session
  }

  func hold(_ slice: Int64, _ session: SessionID, metered: TalkTime = .zero) async throws -> SliceGrant {
    try await talkLedger.hold(slice: slice, for: session, user: user, metered: metered)
  }

  @discardableResult
  func settle(
    _ session: SessionID, _ charge: TalkTime, _ reason: EndReason = .user, forgiven: TalkTime = .zero,
    trace: TalkBeatSummary? = nil
  ) async throws -> SettledTalk {
    try await talkLedger.settle(
      TalkClosing(
        session: session, user: user, charge: charge, reason: reason, forgiven: forgiven, beats: 3, trace: trace))
  }

  /// Runs a talk to its end. Returns its conversation.
  func talked(_ charge: TalkTime, _ reason: EndReason = .user, forgiven: TalkTime = .zero) async throws -> String {
    let session = try await opened()
    try await settle(session, charge, reason, forgiven: forgiven)
    return "conv_\(session)"
  }

  /// The provider reports how long the conversation was.
  func reconcile(_ conversation: String, _ duration: TalkTime) async throws -> ConversationReconciliationResult? {
    try await store.conversations.reconcile(conversation, reported: ReportedDuration(duration: duration))
  }

  func wallet() async throws -> Wallet { try await store.wallet(user) }
}
