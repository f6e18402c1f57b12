import Application
import Domain
import Foundation
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

  /// The outcomes of single statuses, beside 500.
  private static func outcome(of status: Int, at operation: ProviderOperation) -> String {
    switch (operation, status) {
    case (.makeOrder, 400), (.readPayment, 400), (.makeOrder, 422), (.readPayment, 422): "refused BAD_REQUEST_ERROR"
    case (.makeOrder, 401), (.readPayment, 401), (.makeOrder, 403), (.readPayment, 403): "key refused"
    case (.makeOrder, 404), (.readPayment, 404): "not found"
    case (.makeOrder, 429), (.readPayment, 429): "unavailable"
    case (.makeOrder, _), (.readPayment, _): "unavailable, may have acted"
    case (.inviteToTalk, 404): "refused"
    case (.readConversation, 404): "not known"
    case (.eraseConversation, 404): "done"
    case (.eraseConversation, 401), (.eraseConversation, 403): "key refused"
    case (.inviteToTalk, 400...403), (.readConversation, 400...403), (.eraseConversation, 400): "refused"
    case (.inviteToTalk, 422), (.readConversation, 422), (.eraseConversation, 422): "refused"
    case (.inviteToTalk, _), (.readConversation, _), (.eraseConversation, _): "unavailable"
    case (.checkIdentity, _): "unavailable"
    case (.writePlan, 401), (.writePlan, 403): "away gemini_key_refused"
    case (.writePlan, 404): "away gemini_model_gone"
    case (.writePlan, 413): "refused gemini_too_long"
    case (.writePlan, 429): "away gemini_rate_limited"
    case (.writePlan, 400), (.writePlan, 422): "away gemini_request_refused"
    case (.writePlan, _): "away gemini_unavailable"
    case (.sendMail, 401), (.sendMail, 403), (.askForMail, 401), (.askForMail, 403):
      "misconfigured mailjet_api_key_refused"
    case (.sendMail, 413): "rejected mailjet_413"
    case (.sendMail, 429): "unavailable mailjet_429"
    case (.sendMail, 400), (.sendMail, 404), (.sendMail, 422): "misconfigured mailjet_\(status)"
    case (.sendMail, _): "unconfirmed mailjet_\(status)"
    case (.askForMail, _): "unavailable mailjet_\(status)"
    }
  }

  private static let statuses = [400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 504]

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

  @Test("after a lost answer the effect is found by asking", arguments: ["reset", "timeout", "malformed", "status"])
  func afterEffect(kind: String) async throws {
    try await RunningSandbox.with { sandbox in
      let things = try await ProviderOperation.prepare(sandbox)
      for provider in Provider.allCases {
        try await sandbox.control(
          "PUT", "\(provider.rawValue)/fault", ["kind": kind, "after_effect": true, "times": 1, "delay_ms": 50])
      }
      #expect(await ProviderOperation.makeOrder.perform(sandbox, things) == "unavailable, may have acted")
      #expect(try await ProviderOperation.razorpay(sandbox).order(receipt: "r_1") != nil)
      #expect(await ProviderOperation.sendMail.perform(sandbox, things).hasPrefix("unconfirmed"))
      #expect(await ProviderOperation.askForMail.perform(sandbox, things) == "sent")
      _ = await ProviderOperation.eraseConversation.perform(sandbox, things)
      #expect(await ProviderOperation.readConversation.perform(sandbox, things) == "not known")
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
