import Application
import Domain
import ElevenLabsAdapter
import Fakes
import Foundation
import GeminiAdapter
import GoogleAdapter
import HTTPTransport
import MailjetAdapter
import RazorpayAdapter

@testable import ProviderSandbox

/// What the services ask the providers for, by the adapters that they use.
enum ProviderOperation: CaseIterable {
  case makeOrder, readPayment, inviteToTalk, readConversation, eraseConversation, checkIdentity, writePlan, sendMail,
    askForMail

  var provider: Provider {
    switch self {
    case .makeOrder, .readPayment: .razorpay
    case .inviteToTalk, .readConversation, .eraseConversation: .elevenlabs
    case .checkIdentity: .google
    case .writePlan: .gemini
    case .sendMail, .askForMail: .mailjet
    }
  }

  static let conversation = "conv_1"

  /// What the operation needs at the provider, made before any fault is set.
  struct Things: Sendable {
    let paymentID, credential: String
  }

  static func prepare(_ sandbox: RunningSandbox) async throws -> Things {
    let order = try await razorpay(sandbox).createOrder(receipt: "r_0", Money(Paise(19_900), .inr))
    let paid = try await sandbox.control("POST", "razorpay/orders/\(order)/pay", ["webhooks": 0])
    try await sandbox.control(
      "PUT", "elevenlabs/conversations/\(conversation)",
      ["transcript": [["role": "user", "message": "I sleep badly."]], "duration_secs": 20])
    let token = try await sandbox.control("POST", "google/token", ["email": "asha@gmail.com"])
    return Things(
      paymentID: paid["razorpay_payment_id"] as? String ?? "", credential: token["credential"] as? String ?? "")
  }

  /// The outcome in words: `done`, or the error with its code.
  /// - Parameter sender: in place of the sandbox's own.
  func perform(
    _ sandbox: RunningSandbox, _ things: Things, over sender: (any RequestSender)? = nil
  ) async -> String {
    do {
      switch self {
      case .makeOrder:
        _ = try await Self.razorpay(sandbox, over: sender).createOrder(receipt: "r_1", Money(Paise(19_900), .inr))
      case .readPayment: _ = try await Self.razorpay(sandbox, over: sender).payment(things.paymentID, within: nil)
      case .inviteToTalk:
        _ = try await Self.elevenlabs(sandbox, over: sender).invite(
          ConversationRequest(agent: "agent_sandbox", connection: .websocket))
      case .readConversation:
        if try await Self.elevenlabs(sandbox, over: sender).conversation(Self.conversation) == nil {
          return "not known"
        }
      case .eraseConversation: try await Self.elevenlabs(sandbox, over: sender).erase(Self.conversation)
      case .checkIdentity:
        _ = try await GoogleIDTokenVerifier(
          http: sender ?? sandbox.http, baseURL: sandbox.api(.google), clientID: sandbox.settings.googleClientID,
          clock: FakeClock(Date())
        ).verify(things.credential)
      case .writePlan: _ = try await Self.gemini(sandbox, over: sender).plan(from: Self.talk())
      case .sendMail: _ = try await Self.mailjet(sandbox, over: sender).send(Self.mail)
      case .askForMail:
        return try await Self.mailjet(sandbox, over: sender).wasAccepted(Self.mail.customID) ? "sent" : "done"
      }
      return "done"
    } catch {
      return Self.words(error)
    }
  }

  // MARK: the adapters

  static func razorpay(_ sandbox: RunningSandbox, over sender: (any RequestSender)? = nil) -> RazorpayGateway {
    RazorpayGateway(
      http: sender ?? sandbox.http, baseURL: sandbox.api(.razorpay), keyID: sandbox.settings.razorpayKeyID,
      keySecret: sandbox.settings.razorpayKeySecret)
  }

  static func elevenlabs(_ sandbox: RunningSandbox, over sender: (any RequestSender)? = nil) -> ElevenLabsConversations
  {
    ElevenLabsConversations(
      http: sender ?? sandbox.http, baseURL: sandbox.api(.elevenlabs), apiKey: sandbox.settings.elevenAPIKey)
  }

  static func gemini(_ sandbox: RunningSandbox, over sender: (any RequestSender)? = nil) -> GeminiCarePlanWriter {
    GeminiCarePlanWriter(
      http: sender ?? sandbox.http, baseURL: sandbox.api(.gemini), models: ["gemini-first", "gemini-second"],
      apiKey: sandbox.settings.geminiAPIKey)
  }

  static func mailjet(_ sandbox: RunningSandbox, over sender: (any RequestSender)? = nil) -> MailjetMailer {
    MailjetMailer(
      http: sender ?? sandbox.http, baseURL: sandbox.api(.mailjet), apiKey: sandbox.settings.mailjetAPIKey,
      apiSecret: sandbox.settings.mailjetAPISecret, from: "care@example.com", name: "Talktime")
  }

  static let mail = OutgoingMail(
    to: "asha@example.com", name: "Asha", subject: "Hello", text: "Hello", html: "<p>Hello</p>", customID: "mail-1")

  static func talk() throws -> CarePlanRequest {
    struct NoDay: Error {}
    guard let day = CalendarDate("2026-11-29") else { throw NoDay() }
    return CarePlanRequest(
      transcript: Transcript(lines: [Transcript.Line(role: .user, text: "I sleep badly.")]), talkedOn: day)
  }

  static func words(_ error: any Error) -> String {
    switch error {
    case GatewayError.unavailable(let mayHaveActed): mayHaveActed ? "unavailable, may have acted" : "unavailable"
    case GatewayError.refused(let code): "refused \(code)"
    case GatewayError.credentialsRefused: "key refused"
    case GatewayError.notFound: "not found"
    case VoiceAgentError.unavailable: "unavailable"
    case VoiceAgentError.refused: "refused"
    case ConversationErasureError.unavailable: "unavailable"
    case ConversationErasureError.keyRefused: "key refused"
    case ConversationErasureError.conversationRefused: "refused"
    case IdentityError.unavailable: "unavailable"
    case CarePlanError.away(let code, _): "away \(code)"
    case CarePlanError.unusable(let code): "unusable \(code)"
    case CarePlanError.refused(let code): "refused \(code)"
    case MailError.unavailable(let code, _): "unavailable \(code)"
    case MailError.unconfirmed(let code, _): "unconfirmed \(code)"
    case MailError.misconfigured(let code): "misconfigured \(code)"
    case MailError.rejected(let code): "rejected \(code)"
    default: "\(error)"
    }
  }
}
