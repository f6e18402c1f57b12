import Application
import Domain
import Fakes
import Foundation
import TestInfrastructure
import Testing

@testable import LiveLinkAdapter

@Suite("The live link over sockets")
struct LinkServerTests {
  @Test("a client with a good token gets the state of its talk")
  func ready() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.client()
      #expect(client.head.lowercased().contains("sec-websocket-protocol: talktime.v1"))
      client.send(#"{"type":"authenticate","access_token":"good"}"#)
      let answer = try await client.answer()
      #expect(answer["type"] as? String == "ready" && answer["state"] as? String == "starting")
      #expect(answer["remaining_ms"] as? Int == 600_000 && answer["heartbeat_interval_ms"] as? Int == 5_000)
      let watch = try #require(stage.watched.watches.first)
      #expect(watch.session == stage.session && watch.user == stage.user && watch.device == stage.device)
    }
  }

  @Test("beats are answered by their numbers, and charge the time between them")
  func beats() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.send(#"{"type":"heartbeat","seq":1}"#)
      var answer = try await client.answer()
      #expect(answer["type"] as? String == "heartbeat" && answer["state"] as? String == "live")
      #expect(answer["seq"] as? Int == 1 && answer["charged_ms"] as? Int == 0)
      stage.live.advance(.seconds(4))
      client.send(#"{ "seq": 2, "type": "heartbeat" }"#)
      answer = try await client.answer()
      #expect(answer["seq"] as? Int == 2 && answer["charged_ms"] as? Int == 4_000)
      #expect(answer["remaining_ms"] as? Int == 596_000)
      // The same number again is not charged.
      stage.live.advance(.seconds(4))
      client.send(#"{"type":"heartbeat","seq":2}"#)
      answer = try await client.answer()
      #expect(answer["seq"] as? Int == 2 && answer["charged_ms"] as? Int == 4_000)
    }
  }

  @Test("a message that was sent before the token was answered is handled after that answer")
  func early() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.client()
      client.send(#"{"type":"authenticate","access_token":"good"}"#)
      client.send(#"{"type":"heartbeat","seq":1}"#)
      client.send(#"{"type":"heartbeat","seq":2}"#)
      #expect(try await client.answer()["type"] as? String == "ready")
      let seqs = [try await client.answer()["seq"] as? Int, try await client.answer()["seq"] as? Int]
      #expect(seqs.contains(2) && !seqs.contains(nil))
    }
  }

  @Test("the end of a talk is in the ledger before the link announces it, and then the link closes")
  func end() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.send(#"{"type":"heartbeat","seq":1}"#)
      _ = try await client.answer()
      stage.live.advance(.seconds(3))
      client.send(#"{"type":"end"}"#)
      let answer = try await client.answer()
      #expect(answer["type"] as? String == "ended" && answer["end_reason"] as? String == "user")
      #expect(answer["charged_ms"] as? Int == 3_000 && answer["remaining_ms"] as? Int == 597_000)
      #expect(answer["settled"] as? Bool == true)
      #expect(stage.ledger.settlement(of: stage.session)?.charge == .seconds(3))
      #expect(try await client.closeCode() == 1000)
    }
  }

  @Test("changes of the talk are pushed, and its end closes the link")
  func pushes() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      let watch = try #require(stage.watched.watches.first)
      stage.watched.tell(.change(.of(watch, .low, state: .live, remaining: .seconds(14), charged: .seconds(9))))
      var answer = try await client.answer()
      #expect(answer["type"] as? String == "low" && answer["remaining_ms"] as? Int == 14_000)
      #expect(answer["warning"] as? String == "low_15")
      stage.watched.tell(.change(.of(watch, .remaining, state: .live)))
      stage.watched.tell(.quiet)
      stage.watched.tell(.change(.of(watch, .toppedUp, state: .live, remaining: .minutes(20))))
      answer = try await client.answer()
      #expect(answer["type"] as? String == "topped_up" && answer["remaining_ms"] as? Int == 1_200_000)
      stage.watched.tell(.change(.of(watch, .ended, state: .ended, charged: .seconds(9), reason: .exhausted)))
      answer = try await client.answer()
      #expect(answer["type"] as? String == "ended" && answer["end_reason"] as? String == "exhausted")
      #expect(answer["charged_ms"] as? Int == 9_000)
      #expect(try await client.closeCode() == 1000)
    }
  }

  @Test("a beat of a talk that is over is answered with the talk's end")
  func over() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.send(#"{"type":"heartbeat","seq":1}"#)
      _ = try await client.answer()
      stage.live.advance(.seconds(20))
      client.send(#"{"type":"heartbeat","seq":2}"#)
      let answer = try await client.answer()
      #expect(answer["type"] as? String == "ended" && answer["end_reason"] as? String == "gap")
      #expect(try await client.closeCode() == 1000)
    }
  }

  @Test("without the store the link stays open, and answers that nothing was done")
  func storeAway() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      stage.live.happen(at: .beat, .fails)
      client.send(#"{"type":"heartbeat","seq":1}"#)
      let answer = try await client.answer()
      #expect(answer["type"] as? String == "unavailable" && answer["request"] as? String == "heartbeat")
      #expect(answer["retry_after_ms"] as? Int == 1_000)
      stage.live.happen(at: .beat, nil)
      client.send(#"{"type":"heartbeat","seq":1}"#)
      #expect(try await client.answer()["type"] as? String == "heartbeat")
    }
  }

  @Test("a client whose token cannot be checked at the moment may try again")
  func tokensAway() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.client()
      stage.tokens.goAway(true)
      client.send(#"{"type":"authenticate","access_token":"good"}"#)
      #expect(try await client.answer()["request"] as? String == "authenticate")
      stage.tokens.goAway(false)
      client.send(#"{"type":"authenticate","access_token":"good"}"#)
      #expect(try await client.answer()["type"] as? String == "ready")
    }
  }

  @Test("a later token replaces the earlier one and its subscription")
  func laterToken() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      stage.tokens.know("fresh", stage.claims(of: stage.user, expiresIn: 7_200))
      client.send(#"{"type":"authenticate","access_token":"fresh"}"#)
      #expect(try await client.answer()["type"] as? String == "ready")
      let left: Bool? = await eventually { stage.watched.gone == 1 ? true : nil }
      #expect(left == true)
      stage.clock.advance(.seconds(3_700))
      client.send(#"{"type":"heartbeat","seq":1}"#)
      #expect(try await client.answer()["type"] as? String == "heartbeat")
    }
  }

  @Test("a link that closes ends its subscription")
  func gone() async throws {
    try await LinkStage.with { stage in
      let client = try await stage.ready()
      client.close()
      let left: Bool? = await eventually { stage.watched.gone == 1 && stage.count == 0 ? true : nil }
      #expect(left == true)
      #expect(try await stage.live.read(stage.session)?.state == .starting)
    }
  }
}
