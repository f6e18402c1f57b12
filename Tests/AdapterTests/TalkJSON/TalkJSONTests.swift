import Application
import Domain
import Foundation
import NIOCore
import TalkJSON
import Testing

@Suite("The contract's JSON of talks")
struct TalkJSONTests {
  private let session: SessionID
  private let user = UserID(UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)))
  private let noon = Date(timeIntervalSince1970: 1_800_000_000)

  init() throws { session = try #require(SessionID("AAECAwQFBgcICQoLDA0ODw")) }

  private func live(_ remaining: TalkTime, isFinal: Bool = false) -> LiveTalk {
    LiveTalk(
      id: session, user: user, state: .live, seq: 7, remaining: remaining, charged: .seconds(30), granted: .seconds(60),
      isFinal: isFinal, validFor: .seconds(10), slice: 1, walletVersion: 3, endReason: nil, forgiven: .zero, beats: 7)
  }

  private func change(_ kind: TalkUpdate.Kind, end: EndReason? = nil, carePlan: String? = nil) -> TalkUpdate {
    TalkUpdate(
      kind: kind, version: 4, session: session, user: user, state: end == nil ? .live : .ended,
      remaining: .milliseconds(59_000), charged: .seconds(30), endReason: end, carePlan: carePlan)
  }

  private func text(_ reply: LinkServerMessage) -> String {
    var buffer = ByteBuffer()
    buffer.write(reply, interval: 5_000)
    return String(buffer: buffer)
  }

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  @Test("a heartbeat's response says how long it holds, and warns when little is left")
  func heartbeat() {
    #expect(
      String(buffer: HeartbeatResponse.body(live(.seconds(90)))) == """
        {"state":"live","seq":7,"remaining_ms":90000,"charged_ms":30000,"valid_for_ms":10000,"final":false}
        """)
    #expect(
      String(buffer: HeartbeatResponse.body(live(.seconds(12), isFinal: true))) == """
        {"state":"live","seq":7,"remaining_ms":12000,"charged_ms":30000,"valid_for_ms":10000,"final":true,\
        "warning":"low_15"}
        """)
  }

  @Test("each message of a link has its type first")
  func link() {
    #expect(
      text(.ready(change(.remaining))) == """
        {"type":"ready","state":"live","remaining_ms":59000,"charged_ms":30000,"heartbeat_interval_ms":5000}
        """)
    #expect(
      text(.heartbeat(live(.seconds(90)))) == """
        {"type":"heartbeat","state":"live","seq":7,"remaining_ms":90000,"charged_ms":30000,"valid_for_ms":10000,\
        "final":false}
        """)
    #expect(
      text(.low(change(.low))) == """
        {"type":"low","remaining_ms":59000,"charged_ms":30000,"warning":"low_60"}
        """)
    #expect(
      text(.toppedUp(change(.toppedUp))) == """
        {"type":"topped_up","remaining_ms":59000,"charged_ms":30000}
        """)
    let end = TalkEndNotice(reason: .user, charged: .seconds(30), remaining: .seconds(60), settled: true)
    #expect(
      text(.ended(end)) == """
        {"type":"ended","state":"ended","end_reason":"user","remaining_ms":60000,"charged_ms":30000,"settled":true}
        """)
    #expect(
      text(.unavailable(.heartbeat)) == """
        {"type":"unavailable","request":"heartbeat","retry_after_ms":1000}
        """)
  }

  @Test("an event carries the warning, the end or the care plan of its kind only")
  func events() throws {
    #expect(
      try TalkUpdateData(change(.low)).json == """
        {"charged_ms":30000,"remaining_ms":59000,"state":"live","warning":"low_60"}
        """)
    #expect(
      try TalkUpdateData(change(.ended, end: .gap)).json == """
        {"charged_ms":30000,"end_reason":"gap","remaining_ms":59000,"state":"ended"}
        """)
    #expect(
      try TalkUpdateData(change(.carePlan, end: .user, carePlan: "ready")).json == """
        {"charged_ms":30000,"end_reason":"user","remaining_ms":59000,"state":"ended","status":"ready"}
        """)
  }

  @Test("an end that the ledger does not have yet has no balance")
  func ends() throws {
    let ended = EndedTalk.provisional(charged: .seconds(30), reason: .user)
    #expect(
      try json(EndedTalkResponse(ended)) == """
        {"charged_ms":30000,"end_reason":"user","settled":false,"state":"ended"}
        """)
    #expect(
      try json(OperatorEndedTalkResponse(session, ended)) == """
        {"charged_ms":30000,"end_reason":"user","id":"AAECAwQFBgcICQoLDA0ODw","settled":false,"state":"ended"}
        """)
  }

  @Test("a proof names every part: beats, gaps, slices, wallet changes, the provider, entries and the check")
  func proof() throws {
    func entry(_ kind: String, _ available: Int64, _ held: Int64) -> TalkProof.Entry {
      TalkProof.Entry(
        kind: kind, reference: "\(kind)-1",
        change: Wallet.Change(available: .milliseconds(available), held: .milliseconds(held), owed: .zero),
        walletVersion: 3, at: noon)
    }
    let gap = TalkGap(at: .seconds(4), length: .seconds(8), charged: .seconds(8))
    let proof = TalkProof(
      record: TalkRecord(
        session: session, user: user, conversation: "conv_1", isEnded: true, charged: .seconds(30), endReason: .user,
        createdAt: noon, settledAt: noon, conversationDuration: .seconds(28), adjusted: .seconds(2)),
      agent: "agent_1", forgiven: .zero, beats: 7,
      trace: TalkBeatSummary(
        firstBeat: 1_800_000_000_000, lastBeat: 1_800_000_030_000, chargedToLastBeat: .seconds(30), walletVersion: 3,
        gaps: TalkGaps(first: [gap], count: 1, total: .seconds(8))),
      entries: [entry("hold", -60_000, 60_000), entry("settlement", 30_000, -60_000), entry("adjustment", 2_000, 0)],
      walletChanges: [TalkProof.WalletChange(entry("credit", 300_000, 0))])
    let lines = [
      ("adjustment", 2_000, 0), ("hold", -60_000, 60_000), ("settlement", 30_000, -60_000),
    ].reduce(into: [String: String]()) { lines, line in
      lines[line.0] = """
        {"at":"2027-01-15T08:00:00Z","available_delta_ms":\(line.1),"held_delta_ms":\(line.2),"kind":"\(line.0)",\
        "owed_delta_ms":0,"reference":"\(line.0)-1","wallet_version":3}
        """
    }
    let entries = ["hold", "settlement", "adjustment"].compactMap { lines[$0] }.joined(separator: ",")
    #expect(
      try json(proof) == """
        {"agent_id":"agent_1","beats":{"charged_to_last_ms":30000,"count":7,"first_at":"2027-01-15T08:00:00Z",\
        "last_at":"2027-01-15T08:00:30Z"},"charged_ms":30000,\
        "check":{"agrees":true,"charged_ms":30000,"entries_ms":30000},"conversation_id":"conv_1",\
        "created_at":"2027-01-15T08:00:00Z","end_reason":"user","entries":[\(entries)],"forgiven_ms":0,\
        "gaps":{"count":1,"items":[{"at_ms":4000,"charged_ms":8000,"length_ms":8000}],"total_ms":8000},\
        "grants":[{"amount_ms":60000,"at":"2027-01-15T08:00:00Z","cumulative_ms":60000,"reference":"hold-1",\
        "wallet_version":3}],"id":"AAECAwQFBgcICQoLDA0ODw","provider":{"adjusted_ms":2000,"duration_ms":28000},\
        "settled_at":"2027-01-15T08:00:00Z","user_id":"01020304-0506-0708-090a-0b0c0d0e0f10",\
        "wallet_changes":[{"amount_ms":300000,"at":"2027-01-15T08:00:00Z","heard":true,"kind":"credit",\
        "wallet_version":3}]}
        """)
  }
}
