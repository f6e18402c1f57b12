import Domain
import Foundation
import RedisDriver
import Testing

@testable import RedisAdapter

/// The events of a talk, as a subscriber receives them.
@Suite("The events of a talk", .serialized)
struct TalkEventsTests {
  private func owner(_ suite: Suite, with time: Int = 600_000) async throws -> Talk {
    try await Person.signUp(suite, with: time).startTalk()
  }

  @Test("a talk's events go from its start to its care plan")
  func whole() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite)
    let stream = try await talk.events()
    #expect(stream.head.contains("content-type: text/event-stream"))
    #expect(stream.head.contains("cache-control: no-cache, no-store, no-transform"))
    #expect(try await stream.next()?.retry == 1_000)
    let first = try await stream.event()
    #expect(try first.event == "remaining" && first.text("state") == "starting")
    #expect(try first.number("remaining_ms") == 600_000 && first.number("charged_ms") == 0)
    let (steady, richer) = try await talk.beating {
      // A beat causes no event: an event that arrives here was sent by the clock.
      let steady = try await stream.event("remaining") { try $0.number("charged_ms") > 0 }
      try await talk.person.buyTenMinutes()
      return (steady, try await stream.event("topped_up"))
    }
    #expect(try steady.text("state") == "live")
    #expect(try steady.number("remaining_ms") + steady.number("charged_ms") == 600_000)
    #expect(try richer.number("remaining_ms") > steady.number("remaining_ms") + 500_000)

    let bill = try await talk.end()
    try #require(bill.status == 200)
    let ended = try await stream.event("ended")
    #expect(try ended.text("state") == "ended" && ended.text("end_reason") == "user")
    #expect(try ended.number("charged_ms") == bill.number("charged_ms"))
    let plan = try await stream.event(within: .seconds(60))
    #expect(try plan.event == "care_plan" && plan.text("status") == "ready")
    #expect(try await stream.next() == nil)
    #expect(stream.ids.count >= 5 && stream.ids == stream.ids.sorted())
  }

  @Test("low is sent when a beat passes 60 s")
  func low() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite, with: 63_000)
    let stream = try await talk.events()
    #expect(try await stream.event().number("remaining_ms") == 63_000)
    let low = try await talk.beating { try await stream.event("low") }
    #expect(try low.text("warning") == "low_60" && low.text("state") == "live")
    #expect((50_000...60_000).contains(try low.number("remaining_ms")))
    #expect(try low.number("remaining_ms") + low.number("charged_ms") == 63_000)
    _ = try await talk.end()
  }

  @Test("another user's talk is not found, no token gets no stream, HEAD opens none, and a sign-out ends it")
  func strangers() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite)
    let path = "/sessions/\(talk.id)/events"
    let stranger = try await Person.signUp(suite).call("GET", path)
    #expect(try stranger.status == 404 && stranger.text("code") == "not_found")
    #expect(try await suite.call("GET", path).status == 401)
    do {
      _ = try await EventStream.open(suite.publicURL + path, method: "HEAD", token: talk.person.token)
      Issue.record("a HEAD opened a stream")
    } catch let refused as EventStream.Refused {
      #expect(refused.status == 405)
    }
    #expect(try await talk.subscriptions() == 0)
    let stream = try await talk.events()
    #expect(try await stream.event().event == "remaining")
    #expect(try await talk.person.call("POST", "/auth/logout").status == 204)
    #expect(try await stream.lastWord(within: .seconds(10))?.comment == "revoked")
    #expect(try await talk.person.call("GET", path).status == 401)
  }

  @Test("one instance's changes are sent by the other, and one that shuts down says so and is not delayed")
  func instances() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "session", "2")
    let talk = try await owner(suite, with: 63_000)
    let stream = try await talk.events(at: suite.past("session", 2))
    #expect(try await stream.event().event == "remaining")
    try await talk.beating {
      let low = try await stream.event("low")
      async let stopped: Void = suite.dev("stop", "session", "2")
      let last = try await stream.lastWord()
      #expect(last?.comment == "leaving" && last?.retry == 100)
      // Fails if the instance did not shut down by itself.
      try await stopped
      let other = try await talk.events()
      let present = try await other.event()
      #expect(try present.event == "remaining" && present.text("state") == "live")
      #expect(try present.number("remaining_ms") < low.number("remaining_ms"))
      let ids = (try #require(low.id), try #require(present.id))
      #expect(ids.1 >= ids.0)
    }
    _ = try await talk.end()
  }

  @Test("a resumed stream begins with the talk's current state, after any last event; later the history has its end")
  func resume() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite)
    let stream = try await talk.events()
    let first = try await stream.event()
    stream.close()
    let (charged, _) = try await talk.beat(untilCharged: 1_000)
    for last in [first.id, 1_000_000] {
      let present = try await talk.events(after: last).event()
      #expect(try present.event == "remaining" && present.text("state") == "live")
      #expect(try present.number("charged_ms") == charged)
      let ids = (try #require(first.id), try #require(present.id))
      #expect(ids.1 >= ids.0)
    }
    let bill = try await talk.end().number("charged_ms")
    let late = try await talk.events(after: first.id).event()
    #expect(try late.event == "ended" && late.number("charged_ms") == bill)

    try await talk.forget()
    let past = try await talk.events()
    let ended = try await past.event()
    #expect(try ended.event == "ended" && ended.id == nil && ended.text("end_reason") == "user")
    #expect(try ended.number("charged_ms") == bill)
    #expect(try await past.next() == nil)
    #expect(try await Person.signUp(suite).call("GET", "/sessions/\(talk.id)/events").status == 404)
  }

  @Test("of five streams of a user the oldest ends, and the other four go on")
  func five() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite)
    var streams: [EventStream] = []
    for _ in 0..<5 {
      let stream = try await talk.events()
      #expect(try await stream.event().event == "remaining")
      streams.append(stream)
    }
    #expect(try await streams[0].lastWord()?.comment == "replaced")
    #expect(try await talk.subscriptions() == 4)
    _ = try await talk.end()
    for stream in streams.dropFirst() { _ = try await stream.event("ended") }
  }

  @Test("a client that disconnects silently is noticed")
  func gone() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite)
    let stream = try await talk.events()
    #expect(try await stream.event().event == "remaining")
    #expect(try await talk.subscriptions() == 1)
    stream.close()
    _ = try await eventually(within: .seconds(60), "nobody follows the talk") {
      try await talk.subscriptions() == 0 ? true : nil
    }
  }
}

extension Talk {
  /// - Parameters:
  ///   - suite: where the stream is opened; nil for Caddy.
  ///   - last: the last event that was received.
  fileprivate func events(at suite: Suite? = nil, after last: Int? = nil) async throws -> EventStream {
    try await EventStream.open(
      "\((suite ?? person.suite).publicURL)/sessions/\(id)/events", token: person.token,
      headers: last.map { [("Last-Event-ID", String($0))] } ?? [])
  }

  /// Beats twice per second while the body runs.
  fileprivate func beating<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    let beats = Task {
      while !Task.isCancelled {
        // Without a number each beat counts.
        _ = try? await person.call("POST", "/sessions/\(id)/heartbeat")
        try? await ContinuousClock().sleep(for: .milliseconds(500))
      }
    }
    defer { beats.cancel() }
    return try await body()
  }

  private var session: SessionID {
    get throws { try #require(SessionID(id)) }
  }

  /// The number of the owner's links and streams in Redis.
  fileprivate func subscriptions() async throws -> Int64? {
    let user = try #require(UserID(person.id))
    let key = Keyspace.subscriptions(user)
    return try await person.suite.redis(RedisCommand("ZCARD", RedisArgument(key))).int
  }

  /// Removes the talk, as Redis does an hour after the settlement.
  fileprivate func forget() async throws {
    let session = try session
    let key = Keyspace.session(session)
    #expect(try await person.suite.redis(RedisCommand("DEL", RedisArgument(key))).int == 1)
  }
}
