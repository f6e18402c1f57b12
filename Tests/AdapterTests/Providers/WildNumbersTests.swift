import Application
import Domain
import ElevenLabsAdapter
import Foundation
import HTTPTransport
import Logging
import RazorpayAdapter
import Testing

/// Numbers that a provider, or an attacker in its place, may send as JSON.
private let wild = [
  "0", "-1", "1e300", "-1e300", "1e400", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
  "18446744073709551616", "0.5", "-0.0", "1e-300", "null", "\"NaN\"", "\"Infinity\"", "\"12\"", "true", "[]", "{}",
]

@Suite("Provider answers with numbers of any size")
struct WildNumbersTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))

  @Test("a call's length is within a day, or left out", arguments: wild)
  func durations(number: String) async throws {
    let body = #"{"status":"done","metadata":{"call_duration_secs":\#(number)},"transcript":[]}"#
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      let agent = ElevenLabsConversations(http: http, baseURL: url, apiKey: "k")
      let found = try? await agent.conversation("conv_1")
      if let duration = found?.duration { #expect(duration >= .zero && duration <= .seconds(86_400)) }
    }
  }

  @Test("an agent's longest call is within a day, or left out", arguments: wild)
  func settings(number: String) async throws {
    let body = #"{"conversation_config":{"conversation":{"max_duration_seconds":\#(number)}}}"#
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      let found = try? await ElevenLabsConversations(http: http, baseURL: url, apiKey: "k").settings(of: "agent_1")
      if let longest = found?.longestCall { #expect(longest >= .zero && longest <= .seconds(86_400)) }
    }
  }

  @Test("an answer whose amount cannot be added up is refused", arguments: wild)
  func amounts(number: String) async throws {
    let body = """
      {"id":"pay_1","payment_id":"pay_1","order_id":"order_1","status":"captured","amount":\(number),"currency":"INR",
      "amount_refunded":\(number),"created_at":\(number),"receipt":null,"items":[]}
      """
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      let gateway = RazorpayGateway(http: http, baseURL: url, keyID: "k", keySecret: "s")
      let payment = try? await gateway.payment("pay_1", within: nil)
      if let payment {
        #expect(payment.money.amount >= .zero && payment.money.amount + payment.refunded < Paise(.max))
        _ = RefundTalkTimeShares(talkTime: .minutes(10), paid: payment.money.amount, amounts: [payment.refunded]).shares
      }
      _ = try? await gateway.refund("rfnd_1", within: nil)
    }
  }

  @Test(
    "an unexpected line of a transcript spoils no other line",
    arguments: ["1", "null", "[]", "{}", #"{"role":1,"message":"x"}"#, #"{"role":"user","message":{"text":"x"}}"#])
  func oddLines(odd: String) async throws {
    let body = """
      {"status":"done","metadata":{"call_duration_secs":12},"transcript":[\(odd),{"role":"user","message":"Hello"}]}
      """
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      let found = try await ElevenLabsConversations(http: http, baseURL: url, apiKey: "k").conversation("conv_1")
      #expect(found?.transcript.lines == [Transcript.Line(role: .user, text: "Hello")])
      #expect(found?.duration == .milliseconds(12_000))
    }
  }

  @Test(
    "a call whose figures are unexpected still has its state",
    arguments: ["1", "[]", #"{"call_duration_secs":"x"}"#])
  func oddMetadata(odd: String) async throws {
    let body = #"{"status":"done","metadata":\#(odd),"transcript":[{"role":"user","message":"Hello"}]}"#
    try await CannedServer.with([CannedServer.Answer(body: body)]) { _, url in
      let found = try await ElevenLabsConversations(http: http, baseURL: url, apiKey: "k").conversation("conv_1")
      #expect(found?.state == .done && found?.duration == nil && found?.transcript.lines.count == 1)
    }
  }
}
