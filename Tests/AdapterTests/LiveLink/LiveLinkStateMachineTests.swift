import Application
import Domain
import Foundation
import TalkJSON
import Testing

@testable import LiveLinkAdapter

@Suite("The rules of a link")
struct LiveLinkStateMachineTests {
  private let session = SessionID(shard: Shard.all[0], random: Array(repeating: 7, count: 16))
  private let user = UserID(UUID())

  private func change(
    _ kind: TalkUpdate.Kind, _ state: Meter.State = .live, remaining: TalkTime = .seconds(90)
  ) throws -> TalkUpdate {
    TalkUpdate(
      kind: kind, version: 1, session: try #require(session), user: user, state: state, remaining: remaining,
      charged: .seconds(5), endReason: state == .ended ? .gap : nil)
  }

  private func talk(_ state: Meter.State = .live) throws -> LiveTalk {
    LiveTalk(
      id: try #require(session), user: user, state: state, seq: 1, remaining: .seconds(80), charged: .seconds(5),
      granted: .minutes(1), isFinal: false, validFor: .seconds(10), slice: 1, walletVersion: 1,
      endReason: state == .ended ? .gap : nil, forgiven: .zero, beats: 1)
  }

  /// A link with an admitted bearer.
  private func open() throws -> LiveLinkStateMachine {
    var link = LiveLinkStateMachine(limits: .production)
    #expect(link.heard(.authenticate(accessToken: "t")) == .join(token: "t"))
    let first = try change(.remaining)
    #expect(link.noticed(.change(first), isFirst: true) == .say(.ready(first)))
    return link
  }

  @Test("nothing is done for a client that has not sent a token")
  func unknown() {
    for request in [LinkClientMessage.heartbeat(seq: 1), .end] {
      var link = LiveLinkStateMachine(limits: .production)
      #expect(link.heard(request) == .close(.badToken))
      #expect(link.heard(.authenticate(accessToken: "t")) == nil && link.isClosed)
    }
  }

  @Test("messages before the token are queued, up to a limit")
  func early() throws {
    var link = LiveLinkStateMachine(limits: .production)
    #expect(link.heard(.authenticate(accessToken: "t")) == .join(token: "t"))
    for seq in 1...16 { #expect(link.heard(.heartbeat(seq: Int64(seq))) == nil) }
    #expect(link.nextEarly() == nil)
    var greedy = link
    #expect(greedy.heard(.end) == .close(.tooFast))
    _ = link.noticed(.change(try change(.remaining)), isFirst: true)
    for seq in 1...16 { #expect(link.nextEarly() == .heartbeat(seq: Int64(seq))) }
    #expect(link.nextEarly() == nil)
  }

  @Test("a link has at most a fixed number of unanswered beats")
  func unanswered() throws {
    var link = try open()
    for _ in 0..<64 { #expect(link.heard(.heartbeat(seq: nil)) == .beat(seq: nil)) }
    #expect(link.answered(.success(.accepted(try talk()))) == .say(.heartbeat(try talk())))
    #expect(link.heard(.heartbeat(seq: nil)) == .beat(seq: nil))
    #expect(link.heard(.heartbeat(seq: nil)) == .close(.tooFast))
    #expect(link.answered(.success(.accepted(try talk()))) == nil)
  }

  @Test("a client that asked for the end gets it once, with the figures of the ledger")
  func end() throws {
    var link = try open()
    #expect(link.heard(.end) == .end)
    #expect(link.heard(.end) == nil)
    #expect(link.noticed(.change(try change(.ended, .ended)), isFirst: false) == nil)
    #expect(link.heard(.heartbeat(seq: 2)) == .beat(seq: 2))
    #expect(link.answered(.success(.ended(try talk(.ended)))) == nil)
    let end = TalkEndNotice(reason: .user, charged: .seconds(6), remaining: .seconds(90), settled: false)
    #expect(
      link.ended(.success(.provisional(charged: .seconds(6), reason: .user))) == .close(.ended, after: .ended(end)))
    #expect(link.noticed(.leaving, isFirst: false) == nil && link.isClosed)
  }

  @Test("an end that failed may be requested again")
  func endInVain() throws {
    var link = try open()
    _ = link.heard(.end)
    #expect(link.ended(.failure(.unavailable)) == .say(.unavailable(.end)))
    #expect(link.heard(.end) == .end)
    #expect(link.ended(.failure(.notFound)) == .close(.notYours))
  }

  @Test("a first token that cannot be checked leaves the link waiting; a later one leaves it open")
  func unavailable() throws {
    var link = LiveLinkStateMachine(limits: .production)
    _ = link.heard(.authenticate(accessToken: "t"))
    #expect(link.refused(.unavailable) == .say(.unavailable(.authenticate)) && link.isWaiting)
    var opened = try open()
    #expect(opened.heard(.authenticate(accessToken: "u")) == .join(token: "u"))
    #expect(opened.refused(.unavailable) == .say(.unavailable(.authenticate)) && !opened.isWaiting)
    #expect(opened.heard(.heartbeat(seq: 1)) == .beat(seq: 1))
    #expect(opened.refused(.tokenExpired) == .close(.expiredToken))
  }

  @Test("each refusal, notice and answer that ends a link has its close code")
  func codes() throws {
    for (error, close) in [
      (SubscribeToTalkError.invalidToken, LinkClose.badToken), (.tokenExpired, .expiredToken), (.notFound, .notYours),
      (.leaving, .leaving),
    ] {
      var link = LiveLinkStateMachine(limits: .production)
      _ = link.heard(.authenticate(accessToken: "t"))
      #expect(link.refused(error) == .close(close))
    }
    for (event, close) in [
      (TalkSubscriptionEvent.revoked, LinkClose.badToken), (.lagging, .lagging), (.replaced, .replaced),
      (.leaving, .leaving),
    ] {
      var link = try open()
      #expect(link.noticed(event, isFirst: false) == .close(close))
    }
    for (answer, close) in [
      (HeartbeatResult.limited, LinkClose.tooFast), (.notFound, .notYours), (.revoked, .badToken),
    ] {
      var link = try open()
      _ = link.heard(.heartbeat(seq: 1))
      #expect(link.answered(.success(answer)) == .close(close))
    }
    #expect([LinkClose.badToken.code, LinkClose.notYours.code, LinkClose.silent.code] == [4401, 4404, 4408])
    #expect([LinkClose.leaving.code, LinkClose.tooFast.code, LinkClose.unreadable.code] == [1012, 4429, 4400])
  }

  @Test("only changes that a beat's answer does not contain are pushed")
  func pushed() throws {
    var link = try open()
    let (low, more) = (try change(.low, remaining: .seconds(12)), try change(.toppedUp))
    #expect(link.noticed(.change(low), isFirst: false) == .say(.low(low)))
    #expect(link.noticed(.change(more), isFirst: false) == .say(.toppedUp(more)))
    #expect(link.noticed(.change(try change(.remaining)), isFirst: false) == nil)
    #expect(link.noticed(.quiet, isFirst: false) == nil)
    let ended = try change(.ended, .ended)
    #expect(link.noticed(.change(ended), isFirst: false) == .close(.ended, after: .ended(TalkEndNotice(ended))))
    #expect(link.noticed(.change(try change(.carePlan, .ended)), isFirst: false) == nil)
  }

  @Test("a client that joins a talk that is over gets its end at once")
  func over() throws {
    var link = LiveLinkStateMachine(limits: .production)
    _ = link.heard(.authenticate(accessToken: "t"))
    let ended = try change(.ended, .ended)
    #expect(link.noticed(.change(ended), isFirst: true) == .close(.ended, after: .ended(TalkEndNotice(ended))))
  }
}
