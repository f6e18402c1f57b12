import Application
import Domain
import Fakes
import Foundation
import HTTPServing
import Logging
import Synchronization

@testable import SessionService

/// Sessions over fakes; the user has ten minutes.
struct SessionStage: ServiceStage {
  let serving = ServingFakes()
  let live = InMemoryLiveTalkStore(limit: .production)
  let ledger = InMemoryTalkLedger()
  let drainRequests = InMemoryTalkStartPauseStore()
  let agents = FakeVoiceAgent()
  let consents = InMemoryConsentReader()
  var settings: SessionSettings
  var ports: SessionPorts
  /// Replaces the module that is created anew for each request.
  var module: SessionModule?

  init() throws {
    settings = try Self.settings()
    ports = SessionPorts(
      serving: serving.ports, live: live, feed: live, ledger: ledger, history: ledger, proofs: ledger,
      names: ledger, actions: ledger, accounts: ledger, consents: consents, conversations: ledger, checks: ledger,
      unparsed: UnparsedWebhooks(), drainRequests: drainRequests, agents: agents, control: agents,
      signatures: FakeConversationSignatures(), random: FakeRandom(), isLeaving: { false },
      logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    live.knowRevocations(true)
    ledger.credit(serving.user, .minutes(10))
  }

  static func settings(_ more: [String: String] = [:]) throws -> SessionSettings {
    let own = [
      "ELEVEN_API_KEY": "key", "AGENT_ID": "agent", "AGENT_IDS": "other", "SESSION_LINK_PORT": "1",
    ]
    return try SessionSettings(TestSettings.reader(own.merging(more) { $1 }))
  }

  func api() throws -> ServiceAPI { (module ?? SessionModule(settings, ports)).api }

  /// Begins a talk of the user. Returns its id.
  func talk() async throws -> String {
    struct Body: Decodable { let id: String }
    let answer = try await answer(.post("/sessions", serving.token, body: "{}"))
    return try JSONDecoder().decode(Body.self, from: Data(answer.body.utf8)).id
  }

  /// A talk of the user that is over and settled.
  func endedTalk() async throws -> String {
    let id = try await talk()
    _ = try await answer(.post("/sessions/\(id)/heartbeat", serving.token))
    _ = try await answer(.post("/sessions/\(id)/end", serving.token, body: "{}"))
    return id
  }

  /// A talk that is only in the history.
  func forgottenTalk() async throws -> String {
    let id = try await endedTalk()
    live.flush()
    live.knowRevocations(true)
    return id
  }
}

private final class UnparsedWebhooks: UnparsedConversationWebhookStore {
  func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError) {}
}

/// A signature is valid if it is the length of the body.
private struct FakeConversationSignatures: ConversationSignatureVerifier {
  private struct Check: SignedBodyVerifier {
    let expected: Int
    var length = 0

    mutating func read(_ bytes: UnsafeRawBufferPointer) { length += bytes.count }
    var isSigned: Bool { length == expected }
  }

  func check(_ header: String) -> (any SignedBodyVerifier)? { Int(header).map { Check(expected: $0) } }
}
