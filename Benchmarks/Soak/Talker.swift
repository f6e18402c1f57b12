import Foundation

/// A user on the page: starts a talk, beats, follows its habit, and keeps its own tally. A failed request is repeated,
/// as the page does.
struct Talker: Sendable {
  let token: String
  let habit: Habit
  let sheet: Sheet
  let door: Door
  let sandbox: Sandbox
  let schedule: Schedule

  func run() async {
    let line = Line(door, token: token)
    defer { line.close() }
    guard let talk = await start(line) else { return }
    sheet.note { $0.session = talk.id }
    guard habit != .neverBeats else { return }
    await sandbox.begin(talk.conversation)
    sheet.note { $0.begun = .now }
    async let topUp: Void = habit == .topsUp ? buy() : ()
    await beats(talk.id)
    await topUp
    // A talker whose network is gone leaves the call open. For the other habits the call is over before the talk.
    guard habit != .fallsSilent else { return }
    await sandbox.finish(talk.conversation)
    if sheet.now.told == nil { await hangUp(line, talk.id) }
  }

  /// Beats every 5 s, until the talker has talked enough or the talk is over.
  private func beats(_ talk: String) async {
    var tabs = [Line(door, token: token), Line(door, token: token)]
    defer { for tab in tabs { tab.close() } }
    let leaving = leaving()
    var (seq, next) = (Int64(1), ContinuousClock.now)
    var reload = next + .seconds(20)
    while ContinuousClock.now < leaving {
      if habit == .reloads, ContinuousClock.now > reload {
        tabs[0].close()
        tabs[0] = Line(door, token: token)
        seq = await seqOfTalk(tabs[0], talk) + 1
        reload = .now + .seconds(20)
      }
      guard await beat(tabs, talk, seq) else { return }
      seq += 1
      next = max(next + .seconds(5), .now + .seconds(1))
      try? await Task.sleep(until: min(next, leaving), clock: .continuous)
    }
  }

  /// Sends the beat from one tab, or from two at once; either may be first.
  private func beat(_ tabs: [Line], _ talk: String, _ seq: Int64) async -> Bool {
    async let copy: Void = habit == .doubles ? echo(tabs[1], talk, seq) : ()
    let goesOn = await beat(tabs[0], talk, seq)
    await copy
    return goesOn
  }

  /// The time to stop. A talker that runs out of talk time goes on until a response says so.
  private func leaving() -> ContinuousClock.Instant {
    switch habit {
    case .hangsUp, .fallsSilent: .now + schedule.length * Double.random(in: 0.1...0.9)
    case .runsOut: schedule.end + .seconds(60)
    default: schedule.end + schedule.length * Double.random(in: 0...0.1)
    }
  }

  /// Repeats the request until there is a response that the page would accept. Talkers that are told to come back in a
  /// second each come at a random moment.
  private func persist(
    until limit: ContinuousClock.Instant, _ attempt: () async throws -> Bool
  ) async {
    while ContinuousClock.now < limit {
      if let done = try? await attempt(), done { return }
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1_000...2_000)))
    }
  }

  private func complain(_ text: String) { sheet.note { $0.complaints.append(text) } }

  private func start(_ line: Line) async -> StartedTalk? {
    // Kept while the response may have been lost. A refusal is a response that is stored for its key, so the next
    // attempt uses another key.
    var key = UUID().uuidString
    var talk: StartedTalk?
    var last = 0
    await persist(until: schedule.end) {
      let reply = try await line.send(.POST, "/sessions", body: "{}", key: key, within: .seconds(10))
      last = reply.status
      talk = reply.status == 201 ? reply.decoded(StartedTalk.self) : nil
      if (400..<500).contains(reply.status), reply.decoded(Refusal.self)?.code != "idempotency_in_flight" {
        key = UUID().uuidString
      }
      return talk != nil
    }
    if talk == nil { complain("no talk could be started, the last answer was \(last)") }
    return talk
  }

  /// - Returns: whether the talk goes on.
  private func beat(_ line: Line, _ talk: String, _ seq: Int64) async -> Bool {
    var goesOn = true
    let sent = ContinuousClock.now
    await persist(until: schedule.end + .seconds(120)) {
      let reply = try await line.send(.POST, "/sessions/\(talk)/heartbeat?seq=\(seq)")
      switch reply.status {
      case 200:
        guard let taken = reply.decoded(BeatTaken.self) else { return false }
        sheet.note { $0.accept(charged: taken.charged, sent: sent, at: .now) }
      case 410:
        guard let over = reply.decoded(TalkOver.self) else { return false }
        sheet.note { $0.told = (over.charged, over.reason) }
        goesOn = false
      case 503, 502: return false
      default:
        complain("a beat was answered \(reply.status)")
        goesOn = false
      }
      return true
    }
    return goesOn
  }

  private func echo(_ line: Line, _ talk: String, _ seq: Int64) async {
    _ = try? await line.send(.POST, "/sessions/\(talk)/heartbeat?seq=\(seq)")
  }

  private func seqOfTalk(_ line: Line, _ talk: String) async -> Int64 {
    var seq: Int64?
    await persist(until: schedule.end + .seconds(120)) {
      let reply = try await line.send(.GET, "/sessions/\(talk)")
      seq = reply.decoded(TalkSeen.self)?.seq
      return seq != nil
    }
    return seq ?? 0
  }

  private func hangUp(_ line: Line, _ talk: String) async {
    await persist(until: schedule.end + .seconds(120)) {
      let reply = try await line.send(.POST, "/sessions/\(talk)/end")
      guard let over = reply.decoded(TalkOver.self), over.settled != nil else { return false }
      sheet.note {
        if let before = $0.provisional, before != over.charged {
          $0.complaints.append("the end was said to cost \(before), then \(over.charged)")
        }
        if over.settled == true { $0.told = (over.charged, over.reason) } else { $0.provisional = over.charged }
      }
      return over.settled == true
    }
    if sheet.now.told == nil { complain("the end was never answered") }
  }

  /// Buys ten minutes, soon after the beginning.
  private func buy() async {
    try? await Task.sleep(for: schedule.length * Double.random(in: 0.1...0.2))
    let line = Line(door, token: token)
    defer { line.close() }
    let shop = Line(schedule.shop, token: token)
    defer { shop.close() }
    let key = UUID().uuidString
    var payment: String?
    await persist(until: schedule.end) {
      let order = try await shop.send(.POST, "/billing/orders", body: #"{"pack_id":"ten-minutes"}"#, key: key)
      guard let id = order.decoded(PlacedOrder.self)?.razorpayID else { return false }
      payment = await sandbox.pay(id)
      return payment != nil
    }
    guard let payment else { return complain("nothing could be bought") }
    await persist(until: schedule.end) {
      let reply = try await shop.send(.POST, "/billing/payments/verify", body: payment)
      guard reply.decoded(PaymentState.self)?.status == "captured" else { return false }
      sheet.note {
        $0.credited += Sandbox.pack
        $0.toppedUp = .now
      }
      return true
    }
  }
}
