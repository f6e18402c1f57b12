import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Care plans", .serialized)
struct CarePlanRepositoryContract {
  @Test("a plan is kept, with its event and its tasks, and nothing replaces it", arguments: TaskStoreKind.allCases)
  func first(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      #expect(try await store.reads.carePlan(of: session) == nil)
      let mail = NewTask.plan(of: user, key: "care_plan_mail:\(session)", type: .carePlanMail)
      try await store.stores.store(.ready(planJSON: #"{"title": "Sleep"}"#), session: session, user: user, then: [mail])
      let repeated = NewTask.plan(of: user, type: .carePlanMail)
      try await store.stores.store(.failed(reason: "refused"), session: session, user: user, then: [repeated])
      guard case .ready(let json)? = try await store.reads.carePlan(of: session) else {
        Issue.record("the first result is gone")
        return
      }
      #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == ["title": "Sleep"])
      #expect(try await store.events() == [CarePlanFinished(userID: user, sessionID: session, status: "ready")])
      #expect(try await store.reader.page(.own(user), after: nil, limit: 10).map(\.type) == ["care_plan_mail"])
    }
  }

  @Test("the plan of an account that was deleted meanwhile is not kept", arguments: TaskStoreKind.allCases)
  func deleted(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (gone, session) = (try await store.deletedUser(), try SessionID.random())
      let mail = NewTask.plan(of: gone, type: .carePlanMail)
      try await store.stores.store(.ready(planJSON: "{}"), session: session, user: gone, then: [mail])
      #expect(try await store.reads.carePlan(of: session) == nil)
      #expect(try await store.events().isEmpty)
      #expect(try await store.reader.page(.everyone, after: nil, limit: 10).isEmpty)
    }
  }

  @Test("the reason why a talk has no care plan is kept", arguments: TaskStoreKind.allCases)
  func reasons(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let user = UserID(UUID())
      let (skipped, failed) = (try SessionID.random(), try SessionID.random())
      try await store.stores.store(.skipped(reason: "nothing_said"), session: skipped, user: user, then: [])
      try await store.stores.store(.failed(reason: "blocked"), session: failed, user: user, then: [])
      guard case .skipped("nothing_said")? = try await store.reads.carePlan(of: skipped),
        case .failed("blocked")? = try await store.reads.carePlan(of: failed)
      else {
        Issue.record("a reason is not what was stored")
        return
      }
      #expect(try await store.events().map(\.status) == ["skipped", "failed"])
    }
  }

  @Test("later talks of a conversation are known, with or without a charge", arguments: TaskStoreKind.allCases)
  func later(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      for (charge, expected): (TalkTime?, LaterTalk) in [
        (nil, .unsettled), (.zero, .none), (.seconds(3), .charged),
      ] {
        let (user, session) = (UserID(UUID()), try SessionID.random())
        try await store.note(session, user, true)
        #expect(try await store.stores.laterTalk(than: session) == .none)
        try await store.later(session, user, charge)
        #expect(try await store.stores.laterTalk(than: session) == expected)
      }
      #expect(try await store.stores.laterTalk(than: try SessionID.random()) == .none)
    }
  }

  @Test("the repository knows whose a session is and whether it is settled", arguments: TaskStoreKind.allCases)
  func summaries(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let user = UserID(UUID())
      let (live, settled) = (try SessionID.random(), try SessionID.random())
      try await store.note(live, user, false)
      try await store.note(settled, user, true)
      #expect(try await store.reads.summary(of: live) == TalkSettlementStatus(userID: user, settled: false))
      #expect(try await store.reads.summary(of: settled) == TalkSettlementStatus(userID: user, settled: true))
      #expect(try await store.reads.summary(of: try SessionID.random()) == nil)
    }
  }

  @Test("a plan replaces a failure, once; the same failure changes nothing", arguments: TaskStoreKind.allCases)
  func replaced(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      for plan in [
        CarePlanOutcome.failed(reason: "gemini_key_refused"), .failed(reason: "gemini_key_refused"),
        .failed(reason: "gemini_truncated"), .ready(planJSON: "{}"), .ready(planJSON: #"{"title": "Another"}"#),
        .skipped(reason: "nothing_said"),
      ] {
        let mail = NewTask.plan(of: user, key: "care_plan_mail:\(session)", type: .carePlanMail)
        if case .ready = plan {
          try await store.stores.store(plan, session: session, user: user, then: [mail])
        } else {
          try await store.stores.store(plan, session: session, user: user, then: [])
        }
      }
      #expect(try await store.reads.carePlan(of: session) == .ready(planJSON: "{}"))
      #expect(try await store.stores.isClosed(session))
      #expect(try await store.events().map(\.status) == ["failed", "failed", "ready"])
      #expect(try await store.reader.page(.own(user), after: nil, limit: 10).count == 1)
    }
  }

  @Test("a plan that is not final gives way to the final one only", arguments: TaskStoreKind.allCases)
  func provisional(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      let fixed = CarePlanOutcome.ready(planJSON: #"{"title": "Call"}"#)
      try await store.stores.store(.failed(reason: "busy"), session: session, user: user, then: [])
      for plan in [fixed, .ready(planJSON: "{}")] {
        try await store.stores.store(plan, isFinal: false, session: session, user: user, then: [])
      }
      try await store.stores.store(.failed(reason: "busy"), session: session, user: user, then: [])
      #expect(try await store.reads.carePlan(of: session) == fixed)
      #expect(try await !store.stores.isClosed(session))
      try await store.stores.store(.ready(planJSON: "{}"), session: session, user: user, then: [])
      try await store.stores.store(fixed, isFinal: false, session: session, user: user, then: [])
      #expect(try await store.reads.carePlan(of: session) == .ready(planJSON: "{}"))
      #expect(try await store.stores.isClosed(session))
      #expect(try await store.events().map(\.status) == ["failed", "ready", "ready"])
    }
  }

  @Test("what its owner has deleted is not stored or mailed again", arguments: TaskStoreKind.allCases)
  func erased(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let user = UserID(UUID())
      let (ready, pending, other) = (try SessionID.random(), try SessionID.random(), try SessionID.random())
      for session in [ready, other] {
        try await store.stores.store(.ready(planJSON: "{}"), session: session, user: user, then: [])
      }
      for _ in 0..<2 { for session in [ready, pending] { try await store.erases.erase(session, of: user) } }
      for session in [ready, pending] {
        let mail = NewTask.plan(of: user, type: .carePlanMail)
        try await store.stores.store(.ready(planJSON: "{}"), session: session, user: user, then: [mail])
        #expect(try await store.reads.carePlan(of: session) == .deleted)
        #expect(try await store.stores.isClosed(session))
      }
      #expect(try await store.reads.carePlan(of: other) == .ready(planJSON: "{}"))
      #expect(try await store.events().count == 2)
      #expect(try await store.reader.page(.own(user), after: nil, limit: 10).isEmpty)
    }
  }

  @Test("the work on a plan has its task's state, its reason and its beginning", arguments: TaskStoreKind.allCases)
  func work(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      func work() async throws -> CarePlanWork { try #require(try await store.reads.work(on: session)) }
      #expect(try await store.reads.work(on: session) == nil)
      try await store.note(session, user, true)
      let first = try await work()
      #expect(first.task == nil && first.reason == nil && !first.isLongAgo)
      try await store.task(session, .pending, "worker_lost")
      #expect(try await work().reason == "worker_lost")
      try await store.task(session, .pending, nil)
      try await store.stores.note("gemini_daily_quota", of: .outage, session: session, user: user)
      let waiting = try await work()
      #expect(waiting.task == .pending && waiting.reason == "gemini_daily_quota" && waiting.since == first.since)
      // The note is newer than the error of a worker that died before.
      try await store.task(session, .pending, "worker_lost")
      #expect(try await work().reason == "gemini_daily_quota")
      try await store.task(session, .failed, "worker_lost")
      #expect(try await work().task == .failed)
      #expect(try await work().reason == "worker_lost")
      try await store.advance(.seconds(86_401))
      #expect(try await work().isLongAgo)
      let gone = try await store.deletedUser()
      let (none, other) = (CarePlanTimeWaited.zero, try SessionID.random())
      #expect(try await store.stores.note("x", of: .unfinished, session: other, user: gone) == none)
      #expect(try await store.stores.noteUselessAnswer("x", session: other, user: gone) == 0)
    }
  }

  @Test("a wait counts from its first note, until a final result", arguments: TaskStoreKind.allCases)
  func waits(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      func waited(_ wait: CarePlanWait) async throws -> Duration {
        try await store.stores.note("late", of: wait, session: session, user: user).lasted
      }
      for wait in CarePlanWait.allCases where wait != .outage { #expect(try await waited(wait) < .seconds(60)) }
      try await store.advance(.seconds(1_000))
      let fixed = CarePlanOutcome.ready(planJSON: "{}")
      try await store.stores.store(fixed, isFinal: false, session: session, user: user, then: [])
      for wait in CarePlanWait.allCases where wait != .outage { #expect(try await waited(wait) >= .seconds(1_000)) }
      #expect(try await waited(.outage) < .seconds(60))
      try await store.advance(.seconds(1_000))
      // The outage has ended the others.
      for wait in CarePlanWait.allCases where wait != .outage { #expect(try await waited(wait) < .seconds(60)) }
      let outage = try await waited(.outage)
      #expect(outage >= .seconds(1_000) && outage < .seconds(1_060))
      try await store.stores.store(.failed(reason: "late"), session: session, user: user, then: [])
      for wait in CarePlanWait.allCases { #expect(try await waited(wait) < .seconds(60)) }
    }
  }

  @Test(
    "an outage is over once the conversation has been shown as going on for an hour, and not before",
    arguments: TaskStoreKind.allCases)
  func outageEnds(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      func waited(_ wait: CarePlanWait) async throws -> Duration {
        try await store.stores.note("late", of: wait, session: session, user: user).lasted
      }
      _ = try await waited(.outage)
      for seconds in [1_000, 3_400] {
        try await store.advance(.seconds(seconds))
        _ = try await waited(.unfinished)
      }
      #expect(try await waited(.outage) >= .seconds(4_400))
      for seconds in [1_000, 3_700] {
        _ = try await waited(.unfinished)
        try await store.advance(.seconds(seconds))
      }
      // An answer of the model says nothing about the provider of conversations.
      _ = try await store.stores.noteUselessAnswer("gemini_empty", session: session, user: user)
      #expect(try await waited(.unfinished) >= .seconds(4_700))
      #expect(try await waited(.outage) < .seconds(60))
    }
  }

  @Test(
    "what a conversation is waited for in all goes on through outages, until a final result",
    arguments: TaskStoreKind.allCases)
  func waitsInAll(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session) = (UserID(UUID()), try SessionID.random())
      func inAll(_ wait: CarePlanWait) async throws -> Duration {
        try await store.stores.note("late", of: wait, session: session, user: user).inAll
      }
      // A conversation of which nothing is known is not waited for.
      #expect(try await inAll(.outage) == .zero)
      try await store.advance(.seconds(1_000))
      #expect(try await inAll(.unopened) < .seconds(60))
      for wait in [CarePlanWait.outage, .unfinished, .outage, .incomplete] {
        try await store.advance(.seconds(1_000))
        _ = try await inAll(wait)
      }
      let fixed = CarePlanOutcome.ready(planJSON: "{}")
      try await store.stores.store(fixed, isFinal: false, session: session, user: user, then: [])
      let whole = try await inAll(.unfinished)
      #expect(whole >= .seconds(4_000) && whole < .seconds(4_060))
      try await store.stores.store(.failed(reason: "late"), session: session, user: user, then: [])
      #expect(try await inAll(.unfinished) < .seconds(60))
    }
  }

  @Test("useless answers are counted until a final result, each once", arguments: TaskStoreKind.allCases)
  func uselessAnswers(kind: TaskStoreKind) async throws {
    try await CarePlanStore.with(kind) { store in
      let (user, session, other) = (UserID(UUID()), try SessionID.random(), try SessionID.random())
      func useless(_ session: SessionID) async throws -> Int {
        try await store.stores.noteUselessAnswer("gemini_empty", session: session, user: user)
      }
      func reasonAfterThree() async throws -> String? {
        try await store.stores.lastReason(session, afterUseless: 3)
      }
      #expect(try await reasonAfterThree() == nil)
      #expect(try await useless(session) == 1)
      for wait in CarePlanWait.allCases {
        _ = try await store.stores.note("late", of: wait, session: session, user: user)
      }
      #expect(try await useless(session) == 2)
      #expect(try await reasonAfterThree() == nil)
      #expect(try await useless(other) == 1)
      let fixed = CarePlanOutcome.ready(planJSON: "{}")
      try await store.stores.store(fixed, isFinal: false, session: session, user: user, then: [])
      #expect(try await useless(session) == 3)
      #expect(try await reasonAfterThree() == "gemini_empty")
      try await store.note(session, user, true)
      #expect(try await store.reads.work(on: session)?.reason == "gemini_empty")
      for wait in CarePlanWait.allCases {
        _ = try await store.stores.note("late", of: wait, session: session, user: user)
      }
      #expect(try await reasonAfterThree() == "gemini_empty", "an outage afterwards is no reason for the end")
      #expect(try await store.reads.work(on: session)?.reason == "late")
      try await store.stores.store(.failed(reason: "gemini_empty"), session: session, user: user, then: [])
      #expect(try await reasonAfterThree() == nil)
      #expect(try await useless(session) == 1)
      #expect(try await reasonAfterThree() == nil)
    }
  }

  @Test("a plan that is being stored while its owner deletes it is gone afterwards")
  func race() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let plans = PostgresCarePlanRepository(
        pool: database.pool, outbox: PostgresOutbox(source: "task"), sealer: PlainCarePlanSealer())
      let (reads, erases) = (
        PostgresCarePlanReader(database: database.pool, sealer: PlainCarePlanSealer()),
        PostgresCarePlanEraser(pool: database.pool)
      )
      let user = UserID(UUID())
      for _ in 0..<20 {
        let session = try SessionID.random()
        try await withThrowingTaskGroup { group in
          group.addTask { try await plans.store(.ready(planJSON: "{}"), session: session, user: user, then: []) }
          group.addTask { try await erases.erase(session, of: user) }
          try await group.waitForAll()
        }
        #expect(try await reads.carePlan(of: session) == .deleted)
        let left = try await database.pool.query("SELECT 1 AS one FROM care_plans WHERE session_id = \(session.text)")
        #expect(left.rows.isEmpty)
      }
    }
  }

  @Test("a plan whose tasks cannot be written is not kept")
  func atomic() async throws {
    try await withMigratedDatabase { database in
      let plans = PostgresCarePlanRepository(
        pool: database.pool, outbox: PostgresOutbox(source: "task"), sealer: PlainCarePlanSealer())
      let reads = PostgresCarePlanReader(database: database.pool, sealer: PlainCarePlanSealer())
      let session = try SessionID.random()
      await #expect(throws: PostgresError.self) {
        try await plans.store(
          .ready(planJSON: "{}"), session: session, user: UserID(UUID()), then: [.plan("no JSON at all")])
      }
      #expect(try await reads.carePlan(of: session) == nil)
      #expect(try await database.pool.query("SELECT 1 AS one FROM outbox").rows.isEmpty)
    }
  }
}
