import Application
import Domain
import ElevenLabsAdapter
import FoundationEssentials
import Testing

@Suite("ElevenLabs' webhook, read in pieces")
struct ElevenLabsWebhookReaderTests {
  private func read(_ text: String) -> ConversationNotification {
    var reader = ElevenLabsWebhookReader()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...40))
      piece.withUnsafeBytes { reader.read($0) }
      rest = rest.dropFirst(piece.count)
    }
    return reader.notification
  }

  private func transcript(_ seconds: String, status: String = #""done""#, at moment: String = "1700000100") -> String {
    """
    {"type":"post_call_transcription","event_timestamp":\(moment),"data":{"agent_id":"agent","conversation_id":"conv_1",
    "status":\(status),"transcript":[{"role":"user","message":"Hello"}],"metadata":{"call_duration_secs":\(seconds)}}}
    """
  }

  private func call(_ duration: TalkTime?, _ state: ConversationState? = .done) -> ConversationNotification {
    .call(
      ConversationNotification.Call(
        id: "conv_1", state: state, duration: duration, told: Date(timeIntervalSince1970: 1_700_000_100)))
  }

  @Test("the webhook gives a call with its state and its duration, as far as they are present")
  func calls() {
    #expect(read(transcript("75")) == call(.seconds(75)))
    #expect(read(transcript("90.5", status: #""in-progress""#)) == call(.milliseconds(90_500), .inProgress))
    #expect(read(transcript("null", status: "null")) == call(nil, nil))
  }

  @Test(
    "an impossible duration or time is left out",
    arguments: [
      ("1e300", nil), ("1000000000000", nil), ("-5", nil), ("86401", nil), ("86400", TalkTime.seconds(86_400)),
      ("1e-9", .zero),
    ] as [(String, TalkTime?)])
  func figures(seconds: String, duration: TalkTime?) {
    #expect(
      read(transcript(seconds, at: "99999999999999"))
        == .call(
          ConversationNotification.Call(
            id: "conv_1", state: .done, duration: duration, hasImpossibleDuration: duration == nil, told: nil)))
  }

  @Test("a webhook of another kind, without a call or in an unknown state is ignored")
  func nothing() {
    let texts = [
      transcript("75", status: #""new""#), #"{"type":"post_call_audio","data":{"conversation_id":"conv_1"}}"#,
      #"{"type":"post_call_transcription"}"#, #"{"type":"x","data":{}}"#,
      #"{"type":"call_initiation_failure","data":{"conversation_id":"conv_1"}}"#,
      #"{"type":"call_initiation_failure","data":{"conversation_id":"conv_1","metadata":null}}"#,
      #"{"type":"\#(String(repeating: "x", count: 1_000))","data":[1,2]}"#,
    ]
    for text in texts { #expect(read(text) == .nothing, "\(text)") }
  }

  @Test(
    "a body that is no JSON, or has members of another type, is unreadable",
    arguments: [
      "", "{", "[]", #"{"type":7}"#, #"{"type":"post_call_transcription","data":[]}"#,
      #"{"type":"post_call_transcription","data":{"conversation_id":"c","metadata":{"call_duration_secs":"long"}}}"#,
    ])
  func unreadable(text: String) { #expect(read(text) == .unreadable) }
}
