import Application
import Domain
import ElevenLabsAdapter
import Fakes
import Foundation
import Testing

@testable import ProviderSandbox

/// What becomes of each trick of the sandbox's model, and of each state of a conversation.
@Suite("The tricks of the providers, at the adapters", .serialized)
struct TrickTests {
  private static func outcome(of trick: GeminiTrick) -> Result<Void, CarePlanError> {
    switch trick {
    case .thinking, .thoughts, .fenced, .prefixed: .success(())
    case .promptBlocked: .failure(.refused(code: "gemini_prompt_blocked"))
    case .safety: .failure(.refused(code: "gemini_answer_blocked"))
    case .recitation: .failure(.unusable(code: "gemini_recitation"))
    case .language: .failure(.refused(code: "gemini_language"))
    case .other, .unknownFinish: .failure(.unusable(code: "gemini_unfinished"))
    case .truncated: .failure(.refused(code: "gemini_truncated"))
    case .declined: .failure(.unusable(code: "gemini_declined"))
    case .empty: .failure(.unusable(code: "gemini_empty"))
    case .malformed: .failure(.unusable(code: "gemini_malformed"))
    case .otherForm: .failure(.unusable(code: "gemini_no_plan"))
    case .rateLimited: .failure(.away(code: "gemini_rate_limited", after: .seconds(34)))
    case .dailyQuota: .failure(.away(code: "gemini_daily_quota", after: .seconds(3_600)))
    case .retired: .failure(.away(code: "gemini_model_gone", after: .zero))
    case .keyExpired: .failure(.away(code: "gemini_key_refused", after: .zero))
    case .tooLong: .failure(.refused(code: "gemini_too_long"))
    }
  }

  @Test("each trick of the model has its outcome")
  func model() async throws {
    try await RunningSandbox.with { sandbox in
      for trick in GeminiTrick.allCases {
        try await sandbox.control("PUT", "gemini/answer", ["kind": trick.rawValue])
        let found: Result<Void, CarePlanError>
        let talk = try ProviderOperation.talk()
        do throws(CarePlanError) {
          let plan = try await ProviderOperation.gemini(sandbox).plan(from: talk)
          #expect(plan.title.contains("sleep"), "\(trick)")
          found = .success(())
        } catch {
          found = .failure(error)
        }
        switch (found, Self.outcome(of: trick)) {
        case (.success, .success): break
        case (.failure(let error), .failure(let expected)): #expect(error == expected, "\(trick)")
        default: Issue.record("\(trick): \(found)")
        }
        try await sandbox.control("DELETE", "gemini/answer")
      }
      // A trick may be about one model and a number of requests: the other model is asked.
      try await sandbox.control("PUT", "gemini/answer", ["kind": "retired", "model": "first", "times": 1])
      _ = try await ProviderOperation.gemini(sandbox).plan(from: try ProviderOperation.talk())
    }
  }

  @Test("each state of a conversation is read, and one that is not known is not over")
  func conversations() async throws {
    try await RunningSandbox.with { sandbox in
      let states = ConversationState.allCases.map { ($0.rawValue, $0) } + [("strange", .processing)]
      for (name, state) in states {
        try await sandbox.control(
          "PUT", "elevenlabs/conversations/conv_1",
          ["status": name, "transcript": [["role": "user", "message": "I sleep badly."]], "duration_secs": 7])
        let found = try #require(try await ProviderOperation.elevenlabs(sandbox).conversation("conv_1"))
        #expect(found.state == state && found.transcript.isConversation, "\(name)")
        #expect(found.duration == .seconds(7), "\(name)")
      }
      try await sandbox.control("PUT", "elevenlabs/conversations/conv_1", ["transcript": [], "status": "done"])
      let listed = try await sandbox.control("GET", "elevenlabs/conversations")["items"] as? [[String: Any]]
      #expect(listed?.map { $0["conversation_id"] as? String } == ["conv_1"])
      let silent = try #require(try await ProviderOperation.elevenlabs(sandbox).conversation("conv_1"))
      #expect(!silent.transcript.isConversation)
      #expect(try await ProviderOperation.elevenlabs(sandbox).conversation("conv_unknown") == nil)
    }
  }

  @Test("a mail that Mailjet refuses has its own code, and one that is not listed yet counts as not accepted")
  func mails() async throws {
    try await RunningSandbox.with { sandbox in
      let mailer = ProviderOperation.mailjet(sandbox)
      let refused = OutgoingMail(
        to: "nobody", name: nil, subject: "Hello", text: "Hello", html: "<p>Hello</p>", customID: "mail-2")
      await #expect(throws: MailError.rejected(code: "mailjet_mj-0013")) { try await mailer.send(refused) }
      let requests = try await sandbox.control("GET", "mailjet/requests")["items"] as? [[String: Any]]
      #expect(requests?.map { $0["status"] as? Int } == [400])
      let id = try await mailer.send(ProviderOperation.mail)
      #expect(id != nil)
      for isListed in [false, true] {
        try await sandbox.control("PUT", "mailjet/listing", ["enabled": isListed])
        let isAccepted = try await mailer.wasAccepted(ProviderOperation.mail.customID)
        #expect(isAccepted == isListed)
      }
    }
  }

  @Test("a webhook's signature is right for its secret, and wrong or missing where a test wants it so")
  func signatures() throws {
    let webhooks = ElevenLabsWebhooks(
      queue: WebhookQueue(journal: WebhookJournal()), address: nil, secret: "now", previousSecret: "before")
    func isGood(_ signer: ElevenLabsWebhooks.Signer, for secrets: [String]) throws -> Bool? {
      let sent = try webhooks.send(nil, id: "conv_1", command: ["secret": .string(signer.rawValue), "copies": 0])
      guard let header = sent["signature"]?.string else { return nil }
      guard var check = ElevenLabsSignatureVerifier(secrets: secrets, clock: FakeClock(Date())).check(header) else {
        return false
      }
      Array((sent["body"]?.string ?? "").utf8).withUnsafeBytes { check.read($0) }
      return check.isSigned
    }
    for signer in ElevenLabsWebhooks.Signer.allCases {
      let (now, both) = (try isGood(signer, for: ["now"]), try isGood(signer, for: ["now", "before"]))
      switch signer {
      case .current: #expect(now == true && both == true)
      case .previous: #expect(now == false && both == true)
      case .wrong: #expect(now == false && both == false)
      case .none: #expect(now == nil && both == nil)
      }
    }
  }

  @Test("an event of Razorpay is sent once more under its id")
  func redelivered() async throws {
    try await RunningSandbox.with { sandbox in
      let sent = try await sandbox.control(
        "POST", "razorpay/webhooks", ["raw": "{}", "event": "order.paid", "secret": "wrong"])
      let id = try #require(sent["event_id"] as? String)
      func deliveries(_ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
          let items = try await sandbox.control("GET", "razorpay/webhooks")["items"] as? [[String: Any]] ?? []
          if items.count == count {
            #expect(items.allSatisfy { $0["event_id"] as? String == id })
            return
          }
          try #require(ContinuousClock.now < deadline, "there are \(items.count) deliveries")
          try await ContinuousClock().sleep(for: .milliseconds(20))
        }
      }
      try await deliveries(1)
      try await sandbox.control("POST", "razorpay/webhooks/\(id)/redeliver")
      try await deliveries(2)
    }
  }
}
