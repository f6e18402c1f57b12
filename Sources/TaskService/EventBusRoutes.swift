import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /tasks/streams, /tasks/dead-letters and /tasks/events: the progress of the consumers of all services, their dead
/// letters, the way of one event, and the publication of events once more.
struct EventBusRoutes: Sendable {
  let streams: any StreamAdministration
  let replay: ReplayDeadLetter
  let trace: TraceEvent
  let replayEvents: ReplayEvents
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    let signedIn = router.group("/tasks").add(middleware: RequirePrincipal(authenticator))
    let support = signedIn.group().add(middleware: RequireOperator(.support))
    support.get("streams") { _, _ in
      try json(Page(items: try await streams.streams().map(StreamResponse.init), nextCursor: nil))
    }
    support.get("dead-letters") { request, _ in try await letters(request) }
    support.get("events/:id") { _, context in
      guard let id = context.parameters.get("id").flatMap({ EventID(String($0)) }) else {
        throw StreamAdministrationError.eventNotFound
      }
      return try json(EventTraceResponse(try await trace(id)))
    }
    let admin = signedIn.group().add(middleware: RequireOperator(.admin))
    admin.post("dead-letters/:id/replay") { _, context in
      guard let id = context.parameters.get("id").flatMap({ DeadLetterID(String($0)) }) else {
        throw StreamAdministrationError.letterNotFound
      }
      try await replay(id, actor: try context.requirePrincipal().userID.description)
      return try json(["id": id.description])
    }
    admin.post("events/replay") { request, context in try await again(request, context) }
  }

  private func again(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let body = try await request.decodeJSON(Strict<EventReplayRequest>.self).value
    let selection = try body.selection()
    if body.preview == true { return try json(EventReplayResponse(try await replayEvents.preview(selection))) }
    guard let reason = Reason(body.reason ?? "") else { throw TaskError.invalidReason }
    let actor = try context.requirePrincipal().userID.description
    return try json(EventReplayResponse(count: try await replayEvents(selection, reason: reason, actor: actor)))
  }

  private func letters(_ request: Request) async throws -> Response {
    let page = try PageQuery(request)
    let after = try page.cursor { DeadLetterID($0) }
    let found = try await streams.deadLetters(after: after, limit: page.limit + 1)
    let items = found.prefix(page.limit)
    let next = found.count > page.limit ? items.last.map { PageQuery.cursor($0.id.description) } : nil
    return try json(Page(items: items.map(DeadLetterResponse.init), nextCursor: next))
  }
}

private struct StreamResponse: Encodable {
  struct Group: Encodable {
    let name: String
    let pending: Int64
    let lag: Int64?
    let behind, oldestPending: Int64?

    init(_ group: StreamReport.Group) {
      name = group.name
      pending = group.pending
      lag = group.lag
      behind = group.behind?.wholeMilliseconds
      oldestPending = group.oldestPending?.wholeMilliseconds
    }

    enum CodingKeys: String, CodingKey {
      case name, pending, lag, behind = "behind_ms", oldestPending = "oldest_pending_ms"
    }
  }

  let name: String
  let length: Int64
  let groups: [Group]

  init(_ report: StreamReport) {
    name = report.name
    length = report.length
    groups = report.groups.map(Group.init)
  }
}

/// Only the names of the event are included, not its data.
struct DeadLetterResponse: Encodable {
  let id, stream, group, error: String
  let eventID, type, subject: String?
  let buriedAt: Date

  init(_ letter: DeadLetter) {
    id = letter.id.description
    stream = letter.stream
    group = letter.group
    error = letter.error
    eventID = letter.eventID
    type = letter.type
    subject = letter.subject
    buriedAt = letter.buriedAt
  }

  enum CodingKeys: String, CodingKey {
    case id, stream, group, error, eventID = "event_id", type, subject, buriedAt = "buried_at"
  }
}
