import Application
import Domain
import Foundation
import HTTPTransport
import Logging
import Synchronization
import Testing

@testable import ProviderSandbox

/// What becomes of each fault that the sandbox can make. The tables are switches without a default, so that nothing
/// builds with a fault, a provider or an operation that has no outcome here.
@Suite("The faults of the providers, at the adapters", .serialized)
struct FaultTests {
  private static func outcome(of kind: Fault.Kind, at operation: ProviderOperation) -> String {
    switch (kind, operation) {
    // The mail was accepted before.
    case (.latency, .askForMail): "sent"
    // A late answer is an answer.
    case (.latency, _): "done"
    // The sandbox answers 500 unless told otherwise.
    case (.status, .makeOrder), (.status, .readPayment): "unavailable, may have acted"
    case (.timeout, .makeOrder), (.timeout, .readPayment): "unavailable, may have acted"
    case (.reset, .makeOrder), (.reset, .readPayment): "unavailable, may have acted"
    case (.malformed, .makeOrder), (.malformed, .readPayment): "unavailable, may have acted"
    // The status alone tells that the conversation is gone.
    case (.malformed, .eraseConversation): "done"
    case (.status, .inviteToTalk), (.status, .readConversation), (.status, .eraseConversation): "unavailable"
    case (.timeout, .inviteToTalk), (.timeout, .readConversation), (.timeout, .eraseConversation): "unavailable"
    case (.reset, .inviteToTalk), (.reset, .readConversation), (.reset, .eraseConversation): "unavailable"
    case (.malformed, .inviteToTalk), (.malformed, .readConversation): "unavailable"
    case (.status, .checkIdentity), (.timeout, .checkIdentity), (.reset, .checkIdentity): "unavailable"
    case (.malformed, .checkIdentity): "unavailable"
    case (.status, .writePlan): "away gemini_unavailable"
    case (.timeout, .writePlan), (.reset, .writePlan): "away gemini_unreachable"
    case (.malformed, .writePlan): "unusable gemini_malformed"
    case (.status, .sendMail): "unconfirmed mailjet_500"
    case (.timeout, .sendMail), (.reset, .sendMail): "unconfirmed mailjet_unreachable"
    case (.malformed, .sendMail): "unconfirmed mailjet_malformed"
    case (.status, .askForMail): "unavailable mailjet_500"
    case (.timeout, .askForMail), (.reset, .askForMail): "unavailable mailjet_unreachable"
    case (.malformed, .askForMail): "unavailable mailjet_malformed"
    }
  }

  /// The outcomes of single statuses, beside 500. One of success has the body of an error, which no success has.
  private static func outcome(of status: Int, at operation: ProviderOperation) -> String {
    switch (operation, status) {
    case (.makeOrder, 400), (.readPayment, 400), (.makeOrder, 422), (.readPayment, 422): "refused BAD_REQUEST_ERROR"
    case (.makeOrder, 401), (.readPayment, 401), (.makeOrder, 403), (.readPayment, 403): "key refused"
    case (.makeOrder, 404), (.readPayment, 404): "not found"
    case (.makeOrder, 429), (.readPayment, 429): "unavailable"
    case (.makeOrder, _), (.readPayment, _): "unavailable, may have acted"
    case (.inviteToTalk, 404): "refused"
    case (.readConversation, 404): "not known"
    case (.eraseConversation, 200), (.eraseConversation, 404): "done"
    case (.eraseConversation, 401), (.eraseConversation, 403): "key refused"
    // An unpaid bill is no answer about the conversation.
    case (.inviteToTalk, 402), (.readConversation, 402), (.eraseConversation, 402): "unavailable"
    case (.inviteToTalk, 400...403), (.readConversation, 400...403), (.eraseConversation, 400): "refused"
    case (.inviteToTalk, 422), (.readConversation, 422), (.eraseConversation, 422): "refused"
    case (.inviteToTalk, _), (.readConversation, _), (.eraseConversation, _): "unavailable"
    case (.checkIdentity, _): "unavailable"
    case (.writePlan, 200): "unusable gemini_empty"
    case (.writePlan, 401), (.writePlan, 403): "away gemini_key_refused"
    case (.writePlan, 404): "away gemini_model_gone"
    case (.writePlan, 413): "refused gemini_too_long"
    case (.writePlan, 429): "away gemini_rate_limited"
    case (.writePlan, 408): "away gemini_unavailable"
    case (.writePlan, ..<500): "away gemini_request_refused"
    case (.writePlan, _): "away gemini_unavailable"
    case (.sendMail, 200): "unconfirmed mailjet_malformed"
    case (.askForMail, 200): "unavailable mailjet_malformed"
    case (.sendMail, 401), (.sendMail, 403), (.askForMail, 401), (.askForMail, 403):
      "misconfigured mailjet_api_key_refused"
    case (.sendMail, 413): "rejected mailjet_413"
    case (.sendMail, 429): "unavailable mailjet_429"
    case (.sendMail, 408): "unconfirmed mailjet_408"
    case (.sendMail, ..<500): "misconfigured mailjet_\(status)"
    case (.sendMail, _): "unconfirmed mailjet_\(status)"
    case (.askForMail, _): "unavailable mailjet_\(status)"
    }
  }

  private static let statuses = [200, 302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504]

  @Test("each kind of fault has its outcome at each operation, and none is left when it is over")
  func kinds() async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      #expect(Set(ProviderOperation.allCases.map(\.provider)) == Set(Provider.allCases))
      for operation in ProviderOperation.allCases {
        let path = "\(operation.provider.rawValue)/fault"
        for kind in Fault.Kind.allCases {
          try await sandbox.control("PUT", path, ["kind": kind.rawValue, "delay_ms": 50])
          let found = await operation.perform(sandbox, things)
          #expect(found == Self.outcome(of: kind, at: operation), "\(kind) at \(operation)")
          let fault = try #require(try await sandbox.control("GET", path)["fault"] as? [String: Any])
          #expect(fault["kind"] as? String == kind.rawValue)
          try await sandbox.control("DELETE", path)
        }
        // An accepted mail is known from then on.
        let healed = await operation.perform(sandbox, things)
        #expect(healed == (operation == .askForMail ? "sent" : "done"), "\(operation)")
        try await Self.restore(sandbox)
      }
    }
  }

  /// What an operation has erased.
  private static func restore(_ sandbox: RunningSandbox) async throws {
    _ = try await ProviderOperation.prepare(sandbox)
  }

  @Test("each status has its outcome at each operation")
  func statuses() async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      for operation in ProviderOperation.allCases {
        let path = "\(operation.provider.rawValue)/fault"
        for status in Self.statuses {
          try await sandbox.control("PUT", path, ["kind": "status", "status": status])
          let found = await operation.perform(sandbox, things)
          #expect(found == Self.outcome(of: status, at: operation), "\(status) at \(operation)")
        }
        try await sandbox.control("DELETE", path)
      }
    }
  }

  @Test("a pause that a provider asks for is kept")
  func pauses() async throws {
    try await RunningSandbox.with { sandbox in
      for provider in [Provider.gemini, .mailjet] {
        try await sandbox.control(
          "PUT", "\(provider.rawValue)/fault", ["kind": "status", "status": 429, "retry_after": 34])
      }
      await #expect(throws: CarePlanError.away(code: "gemini_rate_limited", after: .seconds(34))) {
        try await ProviderOperation.gemini(sandbox).plan(from: try ProviderOperation.talk())
      }
      await #expect(throws: MailError.unavailable(code: "mailjet_429", after: .seconds(34))) {
        try await ProviderOperation.mailjet(sandbox).send(ProviderOperation.mail)
      }
    }
  }

  @Test("a provider that asks for a pause gets no request of the kind before it is over, and others at once")
  func busy() async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      let others: [ProviderOperation: ProviderOperation] = [
        .makeOrder: .readPayment, .inviteToTalk: .readConversation, .sendMail: .askForMail,
      ]
      for (operation, other) in others {
        let (name, passed) = (operation.provider.rawValue, Passed())
        let guarded = GuardedRequestSender(
          name, over: sandbox.http, logger: Logger(label: "sandbox-tests") { _ in SwiftLogNoOpLogHandler() },
          now: { passed.time })
        func asked() async throws -> Int {
          try #require(try await sandbox.control("GET", "\(name)/requests")["items"] as? [Any]).count
        }
        try await sandbox.control("DELETE", "\(name)/requests")
        try await sandbox.control(
          "PUT", "\(name)/fault", ["kind": "status", "status": 429, "retry_after": 20, "times": 1])
        let refused = await operation.perform(sandbox, things, over: guarded)
        #expect(refused == Self.outcome(of: 429, at: operation), "\(operation)")
        // The circuit is open: it is as if the provider could not be reached.
        let held = await operation.perform(sandbox, things, over: guarded)
        #expect(held.hasPrefix("unavailable") && !held.contains("may have acted"), "\(operation)")
        #expect(try await asked() == 1)
        #expect(await other.perform(sandbox, things, over: guarded) == "done")
        passed.pass(.seconds(20))
        #expect(await operation.perform(sandbox, things, over: guarded) == "done", "\(operation)")
        #expect(try await asked() == 3)
      }
    }
  }

  @Test(
    "after a lost answer the effect is found by asking", arguments: [Fault.Kind.reset, .timeout, .malformed, .status])
  func afterEffect(kind: Fault.Kind) async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      for provider in Provider.allCases where provider != .google {
        try await sandbox.control(
          "PUT", "\(provider.rawValue)/fault",
          ["kind": kind.rawValue, "after_effect": true, "times": 1, "delay_ms": 50])
      }
      #expect(await ProviderOperation.makeOrder.perform(sandbox, things) == "unavailable, may have acted")
      #expect(try await ProviderOperation.razorpay(sandbox).order(receipt: "r_1") != nil)
      #expect(await ProviderOperation.sendMail.perform(sandbox, things).hasPrefix("unconfirmed"))
      #expect(await ProviderOperation.askForMail.perform(sandbox, things) == "sent")
      _ = await ProviderOperation.eraseConversation.perform(sandbox, things)
      #expect(await ProviderOperation.readConversation.perform(sandbox, things) == "not known")
      // The model cannot be asked what it has written: the plan is written anew.
      let lost = await ProviderOperation.writePlan.perform(sandbox, things)
      #expect(lost == Self.outcome(of: kind, at: .writePlan))
      #expect(await ProviderOperation.writePlan.perform(sandbox, things) == "done")
      let requests = try await sandbox.control("GET", "gemini/requests")["items"] as? [Any]
      #expect(requests?.count == 2)
      // Keys that were sent and lost are sent again.
      try await sandbox.control(
        "PUT", "google/fault", ["kind": kind.rawValue, "after_effect": true, "delay_ms": 50])
      #expect(await ProviderOperation.checkIdentity.perform(sandbox, things) == "unavailable")
      try await sandbox.control("DELETE", "google/fault")
      #expect(await ProviderOperation.checkIdentity.perform(sandbox, things) == "done")
    }
  }

  @Test("a fault concerns its method, path, body and number of requests, and each request is recorded")
  func aim() async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      try await sandbox.control(
        "PUT", "mailjet/fault", ["kind": "status", "status": 503, "method": "post", "path": "/v3*/send", "times": 1])
      #expect(await ProviderOperation.askForMail.perform(sandbox, things) == "done")
      #expect(await ProviderOperation.sendMail.perform(sandbox, things) == "unconfirmed mailjet_503")
      #expect(await ProviderOperation.sendMail.perform(sandbox, things) == "done")
      let requests = try #require(
        try await sandbox.control("GET", "mailjet/requests")["items"] as? [[String: Any]])
      #expect(requests.map { $0["status"] as? Int } == [200, 503, 200])
      #expect(requests.map { $0["fault"] as? String } == [nil, "status", nil])
      for (words, outcome) in [("ravi@example.com", "done"), ("asha@example.com", "unconfirmed mailjet_503")] {
        try await sandbox.control("PUT", "mailjet/fault", ["kind": "status", "status": 503, "body": words])
        #expect(await ProviderOperation.sendMail.perform(sandbox, things) == outcome)
      }
      try await sandbox.control("DELETE", "mailjet/requests")
      #expect((try await sandbox.control("GET", "mailjet/requests")["items"] as? [Any])?.isEmpty == true)
    }
  }
}

/// A clock that stands until it is turned.
private final class Passed: Sendable {
  private let passed = Mutex(Duration.zero)
  var time: Duration { passed.withLock { $0 } }
  func pass(_ duration: Duration) { passed.withLock { $0 += duration } }
}
