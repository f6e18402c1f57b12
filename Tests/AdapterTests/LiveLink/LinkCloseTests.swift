import Application
import Domain
import Fakes
import Foundation
import TestInfrastructure
import Testing

@testable import LiveLinkAdapter

@Suite("Close codes of the live link")
struct LinkCloseTests {
  @Test(
    "4401 closes a link whose token is bad, expired or missing",
    arguments: [
      #"{"type":"authenticate","access_token":"made up"}"#, #"{"type":"authenticate","access_token":"expired"}"#,
      #"{"type":"heartbeat","seq":1}"#, #"{"type":"end"}"#,
    ])
  func badToken(_ frame: String) async throws {
    try await LinkStage.with { stage in
      let client = try await stage.client()
      client.send(frame)
      #expect(try await client.closeCode() == 4401)
      #expect(stage.live.steps.contains(.beat) == false)
    }
  }

  @Test("4401 closes a link whose token is revoked, before it is admitted and afterwards")
  func revoked() async throws {
    try await LinkStage.with { stage in
      let inside = try await stage.ready()
      stage.tokens.revoke(stage.device)
      stage.watched.tell(.revoked)
      #expect(try await inside.closeCode() == 4401)
      let outside = try await stage.client()
      outside.send(#"{"type":"authenticate","access_token":"good"}"#)
      #expect(try await outside.closeCode() == 4401)
    }
  }

  @Test("4401 closes a link when a beat finds its token revoked")
  func revokedBeat() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      stage.live.revoke(stage.device, of: stage.user)
      client.send(#"{"type":"heartbeat","seq":1}"#)
      #expect(try await client.closeCode() == 4401)
    }
  }

  @Test("4401 closes a link when its token expires")
  func expired() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      stage.clock.advance(.seconds(3_631))
      #expect(try await client.closeCode() == 4401)
    }
  }

  @Test(
    "4404 closes a link to another user's talk, and to a talk that does not exist",
    arguments: ["AAAAAAAAAAAAAAAAAAAAAA", "nonsense", ""])
  func notYours(_ id: String) async throws {
    try await LinkStage.with { stage in
      stage.tokens.know("stranger", stage.claims(of: UserID(UUID())))
      stage.watched.refuse(.notFound)
      let client = try await stage.client("/sessions/\(id.isEmpty ? stage.session.text : id)/link")
      client.send(#"{"type":"authenticate","access_token":"stranger"}"#)
      #expect(try await client.closeCode() == 4404)
    }
  }

  @Test("4408 closes a link whose client sends nothing in time")
  func silent() async throws {
    let times = LinkTimeLimits(firstFrame: .seconds(2), look: .milliseconds(10))
    try await LinkStage.with(times: times) { stage in
      #expect(try await stage.client().closeCode() == 4408)
      let client = try await stage.ready()
      client.frame(opcode: 0x9, Array("still here".utf8))
      #expect(try await client.next() == .pong("still here"))
    }
  }

  @Test(
    "4400 closes a link that sends an unreadable message",
    arguments: [
      "hello", "", "[]", "{}", #"{"type":"dance"}"#, #"{"type":"heartbeat","seq":"1"}"#,
      #"{"type":"heartbeat","seq":-1}"#, #"{"type":"heartbeat","seq":1.5}"#, #"{"type":"heartbeat","seq":1e300}"#,
      #"{"type":"heartbeat","seq":99999999999999999999}"#, #"{"type":"authenticate"}"#, "{\"type\":\"end\"",
    ])
  func unreadable(_ text: String) async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.send(text)
      #expect(try await client.closeCode() == 4400)
    }
  }

  @Test(
    "4400 closes a link that sends frames of an unsupported kind",
    arguments: ["binary", "unmasked", "reserved", "opcode", "orphan", "long ping"])
  func strange(_ kind: String) async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      let end = Array(#"{"type":"end"}"#.utf8)
      switch kind {
      case "binary": client.frame(opcode: 0x2, end)
      case "unmasked": client.frame(opcode: 0x1, end, isMasked: false)
      case "reserved": client.frame(opcode: 0x41, end)
      case "opcode": client.frame(opcode: 0x3, end)
      case "orphan": client.frame(opcode: 0x0, end)
      default: client.frame(opcode: 0x9, Array(repeating: 0x20, count: 126))
      }
      #expect(try await client.closeCode() == 4400)
      #expect(try await stage.live.read(stage.session)?.state == .starting)
    }
  }

  @Test("1009 closes a link at a frame over 4 KiB, though a megabyte of the frame is still to come")
  func tooLong() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.frame(opcode: 0x1, Array(repeating: 0x20, count: 1 << 20))
      #expect(try await client.closeCode() == 1009)
      let second = try await stage.ready()
      second.frame(opcode: 0x1, Array(repeating: 0x20, count: 4_097))
      #expect(try await second.closeCode() == 1009)
    }
  }

  @Test("1009 closes a link at a fragmented message over 4 KiB; a shorter one is read")
  func fragments() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      let beat = Array(#"{"type":"heartbeat","seq":1}"#.utf8)
      client.frame(opcode: 0x1, Array(beat.prefix(9)), isLast: false)
      // Control frames may arrive in between.
      client.frame(opcode: 0x9, [])
      client.frame(opcode: 0x0, Array(beat.dropFirst(9).prefix(3)), isLast: false)
      client.frame(opcode: 0x0, Array(beat.dropFirst(12)))
      #expect(try await client.next() == .pong(""))
      #expect(try await client.answer()["seq"] as? Int == 1)
      client.frame(opcode: 0x1, Array(repeating: 0x20, count: 250), isLast: false)
      for _ in 0..<20 { client.frame(opcode: 0x0, Array(repeating: 0x20, count: 250), isLast: false) }
      #expect(try await client.closeCode() == 1009)
    }
  }

  @Test(
    "4429 closes a link that sends ten thousand frames at once, while another link goes on", arguments: [true, false])
  func tooFast(_ development: Bool) async throws {
    try await LinkStage.with(limits: development ? .development : .production) { stage in
      let calm = try await stage.ready()
      let client = try await stage.ready()
      let frame = LinkClient.bytes(opcode: 0x1, Array(#"{"type":"heartbeat"}"#.utf8))
      client.raw((0..<10_000).flatMap { _ in frame })
      #expect(try await client.closeCode() == 4429)
      calm.send(#"{"type":"heartbeat","seq":1}"#)
      #expect(try await calm.answer()["type"] as? String == "heartbeat")
    }
  }

  @Test("4429 closes a link whose place a newer subscription has taken")
  func replaced() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      stage.watched.tell(.replaced)
      #expect(try await client.closeCode() == 4429)
    }
  }

  @Test("1012 closes every link when the service ends, and no new link is accepted")
  func leaving() async throws {
    try await LinkStage.with { stage in
      let clients = [try await stage.ready(), try await stage.client()]
      async let ended: Void = stage.shutDown()
      for client in clients { #expect(try await client.closeCode() == 1012) }
      for client in clients { client.frame(opcode: 0x8, [0x03, 0xF4]) }
      await ended
      let empty: Bool? = await eventually { stage.count == 0 ? true : nil }
      #expect(empty == true)
      await #expect(throws: (any Error).self) { try await stage.client() }
    }
  }

  @Test("a client's own close frame is answered, and the talk goes on")
  func ownClose() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.frame(opcode: 0x8, [0x03, 0xE8] + Array("bye".utf8))
      #expect(try await client.closeCode() == 1000)
      #expect(try await client.next() == .gone)
      #expect(try await stage.live.read(stage.session)?.state == .starting)
    }
  }

  @Test("a peer that answers no ping is disconnected")
  func dead() async throws {
    let times = LinkTimeLimits(ping: .seconds(1), look: .milliseconds(10))
    try await LinkStage.with(times: times) { stage in
      let client = try await stage.ready()
      #expect(try await client.next() == .ping)
      client.frame(opcode: 0xA, [])
      #expect(try await client.next() == .ping)
      #expect(try await client.next() == .gone)
    }
  }

  @Test("a client that never reads is disconnected, and the data that waits for it stays small")
  func neverReads() async throws {
    let limits = LinkFrameLimits(framesPerSecond: 1_000_000, burst: 1_000_000, unanswered: 1_000_000)
    try await LinkStage.with(limits: limits) { stage in
      let client = try await stage.ready()
      try await client.stopReading()
      let ping = LinkClient.bytes(opcode: 0x9, Array(repeating: 0x20, count: 125))
      let some = (0..<1_000).flatMap { _ in ping }
      let dropped: Bool? = await eventually {
        client.raw(some)
        return stage.count == 0 ? true : nil
      }
      #expect(dropped == true)
    }
  }
}
