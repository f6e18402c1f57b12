import Fakes
import Foundation
import NIOCore
import Testing

@testable import LiveLinkAdapter

@Suite("Reading a client's messages")
struct LinkClientMessageTests {
  private func read(_ text: String) -> LinkClientMessage? { Array(text.utf8).withUnsafeBytes { LinkClientMessage($0) } }

  @Test("each message is read, however it is spaced, ordered or escaped")
  func requests() {
    #expect(read(#"{"type":"heartbeat","seq":7}"#) == .heartbeat(seq: 7))
    #expect(read(" {\n\t\"seq\" : 0 ,\r\"type\" : \"heartbeat\" } ") == .heartbeat(seq: 0))
    #expect(read(#"{"type":"heartbeat"}"#) == .heartbeat(seq: nil))
    #expect(read(#"{"type":"heart\u0062eat","seq":7}"#) == .heartbeat(seq: 7))
    #expect(read(#"{"type":"heartbeat","seq":7,"more":{"a":[1]}}"#) == .heartbeat(seq: 7))
    #expect(read(#"{"type":"heartbeat","seq":9007199254740992}"#) == .heartbeat(seq: 1 << 53))
    #expect(read(#"{"type":"heartbeat","seq":9007199254740993}"#) == nil)
    #expect(read(#"{"access_token":"a.b-c_d","type":"authenticate"}"#) == .authenticate(accessToken: "a.b-c_d"))
    #expect(read(#"{"type":"end"}"#) == .end)
  }

  /// Compares the quick reader with the library's decoder: their results must agree. A message that the quick reader
  /// cannot read goes to the decoder.
  @Test("the fast reader reads no message otherwise than the JSON decoder")
  func agreement() throws {
    struct Members: Decodable {
      let type: String?
      let access_token: String?
      let seq: Int64?
    }
    let random = FakeRandom(seed: 5)
    let pieces = [
      "{", "}", "\"type\"", "\"seq\"", "\"access_token\"", ":", ",", "\"end\"", "\"heartbeat\"", "1", "0", "01", "-1",
      "1.5", "1e2", " ", "\n", "null", "true", "\"\\n\"", "\"é\"", "\"", "123456789012345678", "1234567890123456789",
      "[",
    ]
    var read = 0
    for round in 0..<20_000 {
      let count = 1 + Int(random.bytes(1)[0] % 9)
      var text = random.bytes(count).map { pieces[Int($0) % pieces.count] }.joined()
      // Most random pieces do not form an object, so every other text is made to look like one.
      if round % 2 == 0 { text = "{\"type\":\"end\"" + text + "}" }
      let bytes = Array(text.utf8)
      guard let quick = bytes.withUnsafeBytes({ FastClientMessageParser($0) }) else { continue }
      let slow = try JSONDecoder().decode(Members.self, from: Data(bytes))
      #expect(quick.type == slow.type && quick.accessToken == slow.access_token && quick.seq == slow.seq, "\(text)")
      read += 1
    }
    #expect(read > 50)
  }
}

@Suite("A link's limits on messages and on silence")
struct LinkPatienceTests {
  @Test("a burst of messages passes, and then one message in each interval")
  func pace() {
    var pace = FrameRateLimit()
    func passes(_ moment: Double) -> Bool { pace.allows(at: moment, .production) }
    for start in [1_000.0, 9_000] {
      for _ in 0..<40 { #expect(passes(start)) }
      #expect(!passes(start) && !passes(start + 99) && passes(start + 100) && !passes(start + 150))
    }
  }

  @Test("the first frame, a pong and the answer to a close frame each have a time limit")
  func keepalive() {
    let times = LinkTimeLimits(firstFrame: .seconds(5), ping: .seconds(25), farewell: .seconds(2))
    let start = NIODeadline.uptimeNanoseconds(0)
    var keepalive = LinkKeepalive(times, from: start)
    func look(_ seconds: Int64, isWaiting: Bool = false, isClosed: Bool = false) -> LinkKeepalive.Verdict {
      keepalive.look(at: start + .seconds(seconds), isWaiting: isWaiting, isClosed: isClosed)
    }
    #expect(look(4, isWaiting: true) == .nothing && look(5, isWaiting: true) == .silent)
    #expect(look(24) == .nothing && look(25) == .ping && look(26) == .nothing)
    keepalive.heard()
    #expect(look(50) == .ping && look(75) == .gone)
    keepalive.bidFarewell(at: start + .seconds(80))
    #expect(look(81, isClosed: true) == .nothing && look(82, isClosed: true) == .gone)
  }
}
