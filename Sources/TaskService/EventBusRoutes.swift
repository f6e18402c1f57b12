import Application
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /tasks/streams and /tasks/dead-letters: the progress of the consumers of all services, and their dead letters.
struct EventBusRoutes: Sendable {
  let streams: any StreamAdministration
  let replay: ReplayDeadLetter
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    let signedIn = router.group("/tasks").add(middleware: RequirePrincipal(authenticator))
    let tasks = signedIn.group().add(middleware: RequireOperator(.support))
    tasks.get("streams") { _, _ in
      try json(Page(items: try await streams.streams().map(StreamResponse.init), nextCursor: nil))
    }
    tasks.get("dead-letters") { request, _ in try await letters(request) }
    signedIn.group().add(middleware: RequireOperator(.admin)).post("dead-letters/:id/replay") { _, context in
      guard let id = context.parameters.get("id").flatMap({ DeadLetterID(String($0)) }) else {
        throw StreamAdministrationError.letterNotFound
      }
      try await replay(id, actor: try context.requirePrincipal().userID.description)
      return try json(["id": id.description])
    }
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
  }

  let name: String
  let length: Int64
  let groups: [Group]

  init(_ report: StreamReport) {
    name = report.name
    length = report.length
    groups = report.groups.map { Group(name: $0.name, pending: $0.pending, lag: $0.lag) }
  }
}

/// Only the names of the event are included, not its data.
private struct DeadLetterResponse: Encodable {
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
