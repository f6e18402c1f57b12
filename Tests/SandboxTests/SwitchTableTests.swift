import Foundation
import Hummingbird
import Testing

@testable import ProviderSandbox

/// Each control of the sandbox, and each value that one takes, with the test that uses it. A new one without a test
/// fails here or does not build.
@Suite("The controls of the sandbox")
struct SwitchTableTests {
  /// A test's file under `Tests`, and words of it.
  private struct Use {
    let file, words: String
    init(_ file: String, _ words: String) { (self.file, self.words) = (file, words) }
  }

  private static let controls: [String: Use] = [
    "POST /control/razorpay/orders/{id}/pay": Use("SystemTests/Person.swift", "/control/razorpay/orders/"),
    "POST /control/razorpay/payments/{id}/dispute": Use("SystemTests/RefundTests.swift", "/dispute"),
    "POST /control/razorpay/payments/{id}/refund": Use("sdk/test_razorpay_webhooks.py", "/refund\""),
    "POST /control/razorpay/payments/{id}/expire": Use("SystemTests/RefundTests.swift", "/expire"),
    "POST /control/razorpay/refunds/{id}/process": Use("SystemTests/RefundTests.swift", "/process"),
    "POST /control/razorpay/refunds/{id}/fail": Use("SystemTests/RefundTests.swift", "/fail"),
    "PUT /control/razorpay/refunds": Use("SystemTests/MoneyBackTests.swift", "\"PUT\", \"/control/razorpay/refunds\""),
    "POST /control/razorpay/webhooks": Use("SystemTests/MoneyBackTests.swift", "\"/control/razorpay/webhooks\""),
    "POST /control/razorpay/webhooks/{id}/redeliver": Use("SandboxTests/TrickTests.swift", "/redeliver"),
    "POST /control/google/token": Use("SystemTests/GoogleTests.swift", "/control/google/token"),
    "PUT /control/gemini/answer": Use("SandboxTests/TrickTests.swift", "\"PUT\", \"gemini/answer\""),
    "DELETE /control/gemini/answer": Use("SandboxTests/TrickTests.swift", "\"DELETE\", \"gemini/answer\""),
    "GET /control/mailjet/inbox": Use("SystemTests/Person.swift", "/control/mailjet/inbox"),
    "PUT /control/mailjet/listing": Use("SystemTests/LateRecordTests.swift", "/control/mailjet/listing"),
    "POST /control/mailjet/events": Use("SystemTests/MailDeliveryTests.swift", "/control/mailjet/events"),
    "GET /control/elevenlabs/conversations": Use(
      "SandboxTests/TrickTests.swift", "\"GET\", \"elevenlabs/conversations\""),
    "PUT /control/elevenlabs/conversations/{id}": Use(
      "SandboxTests/TrickTests.swift", "elevenlabs/conversations/conv_1"),
    "POST /control/elevenlabs/conversations/{id}/begin": Use("SystemTests/Person.swift", "/begin"),
    "POST /control/elevenlabs/conversations/{id}/finish": Use("SystemTests/Person.swift", "/finish"),
    "POST /control/elevenlabs/webhooks": Use("sdk/test_elevenlabs.py", "\"/elevenlabs/webhooks\""),
    "PUT /control/elevenlabs/agents/{id}": Use("SystemTests/DoctorTests.swift", "/control/elevenlabs/agents/"),
    "PUT /control/elevenlabs/monitor": Use("SystemTests/ConversationTests.swift", "/control/elevenlabs/monitor"),
  ]

  /// The controls that each provider has.
  private static let common: [String: Use] = [
    "PUT fault": Use("SandboxTests/FaultTests.swift", "func kinds()"),
    "GET fault": Use("SandboxTests/FaultTests.swift", "func kinds()"),
    "DELETE fault": Use("SandboxTests/FaultTests.swift", "func kinds()"),
    "GET requests": Use("SandboxTests/FaultTests.swift", "func aim()"),
    "DELETE requests": Use("SandboxTests/FaultTests.swift", "func aim()"),
    "GET webhooks": Use("SandboxTests/TrickTests.swift", "func redelivered()"),
    "DELETE webhooks": Use("SandboxTests/SwitchTableTests.swift", "func forgets()"),
  ]

  private static func use(of outcome: RazorpayOutcome) -> Use {
    switch outcome {
    case .captured: Use("SystemTests/Person.swift", "\"outcome\": \"captured\"")
    case .authorized: Use("SystemTests/MoneyBackTests.swift", "outcome == \"authorized\"")
    case .failed: Use("SystemTests/RefundTests.swift", "\"outcome\": \"failed\"")
    }
  }

  private static func use(of outcome: RazorpayDispute.Outcome) -> Use {
    switch outcome {
    case .created: Use("sdk/test_razorpay_webhooks.py", "payment.dispute.created")
    case .underReview, .actionRequired: Use("sdk/test_razorpay.py", outcome.rawValue)
    case .won, .lost, .closed: Use("SystemTests/RefundTests.swift", "\"\(outcome.rawValue)\"")
    }
  }

  private static func use(of signer: RazorpayWebhookControl.Signer) -> Use {
    switch signer {
    case .current, .previous, .wrong, .key, .none: Use("sdk/test_razorpay_webhooks.py", "\"\(signer.rawValue)\"")
    }
  }

  private static func use(of signer: ElevenLabsWebhooks.Signer) -> Use {
    switch signer {
    case .current, .previous, .wrong, .none: Use("SandboxTests/TrickTests.swift", "func signatures()")
    }
  }

  @Test("each control has a test")
  func controls() async throws {
    let settings = try Settings(environment: [:])
    let queue = WebhookQueue(journal: WebhookJournal())
    let webhooks = ElevenLabsWebhooks(queue: queue, address: nil, secret: "s")
    let router = try await Sandbox(settings: settings).router(
      RequestLog(), FaultBoard(), queue, Conversations(signedURLSeconds: 900, webhook: webhooks),
      Agents(ids: settings.agentIDs))
    let found = router.routes.map { "\($0.method.rawValue) \($0.path.description)" }
      .filter { $0.contains(" /control/") }
    var known = Self.controls
    for provider in Provider.allCases {
      for (name, use) in Self.common {
        let words = name.split(separator: " ")
        known["\(words[0]) /control/\(provider.rawValue)/\(words[1])"] = use
      }
    }
    #expect(Set(found) == Set(known.keys))
    for (name, use) in known { try expect(use, of: name) }
  }

  @Test("each value of a control has a test")
  func values() throws {
    for outcome in RazorpayOutcome.allCases { try expect(Self.use(of: outcome), of: "\(outcome)") }
    for outcome in RazorpayDispute.Outcome.allCases { try expect(Self.use(of: outcome), of: "\(outcome)") }
    for signer in RazorpayWebhookControl.Signer.allCases { try expect(Self.use(of: signer), of: "\(signer)") }
    for signer in ElevenLabsWebhooks.Signer.allCases { try expect(Self.use(of: signer), of: "\(signer)") }
  }

  @Test("webhooks that were sent can be forgotten")
  func forgets() async throws {
    let journal = WebhookJournal()
    _ = await journal.open(
      OutgoingWebhook(provider: .razorpay, id: "evt_1", name: "x", address: nil, headers: [], body: []))
    #expect(await journal.all(.razorpay).count == 1)
    await journal.forget(.razorpay)
    #expect(await journal.all(.razorpay).isEmpty)
  }

  private func expect(_ use: Use, of name: String) throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: tests.appending(path: use.file), encoding: .utf8)
    #expect(text.contains(use.words), "\(name): \(use.file) lacks \(use.words)")
  }
}
