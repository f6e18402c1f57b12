import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird
import TalkJSON

/// /sessions/{id}/events: the changes of a talk, for its subscribers.
struct TalkEventRoutes: Sendable {
  let subscriptions: any TalkSubscriptionProvider
  let read: ReadTalk
  let authenticator: Authenticator

  /// Only GET is added: a HEAD would count as a subscription.
  func add(to router: Router<HTTPRequestContext>) {
    router.group("/sessions").add(middleware: RequirePrincipal(authenticator))
      .get(":id/events") { _, context in try await events(context) }
      .head(":id/events") { _, _ -> Response in
        throw Problem(.methodNotAllowed, code: "method_not_allowed", headers: [.allow: "GET"])
      }
  }

  /// `Last-Event-ID` is not read. The first event is always the talk's state, which covers all missed changes.
  private func events(_ context: HTTPRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    guard let session = context.parameters.get("id").flatMap({ SessionID(String($0)) }) else {
      throw TalkSubscriptionError.notFound
    }
    let request = TalkSubscriptionRequest(
      session: session, user: principal.userID, device: principal.deviceID,
      issuedAt: principal.issuedAt.unixSeconds, expiresAt: principal.acceptedUntil, isSteady: true)
    do {
      return Self.follow(try await subscriptions.subscribe(request))
    } catch TalkSubscriptionError.notFound {
      return try await end(of: session, for: principal.userID)
    }
  }

  /// A departed client is detected by writing, and something is written every 15 s at least. The stream is then
  /// released, which ends the subscription.
  private static func follow(_ stream: TalkSubscriptionStream) -> Response {
    eventStream { writer in
      try await writer.send(ServerSentEvent(retry: 1_000))
      for await event in stream {
        try await writer.send(try ServerSentEvent(event))
        if event.isLast { break }
      }
    }
  }

  /// Redis drops a settled talk after a while; the history keeps it.
  private func end(of session: SessionID, for user: UserID) async throws -> Response {
    let record = try await read.ended(session, of: user)
    return eventStream { writer in try await writer.send(try ServerSentEvent(record)) }
  }
}

extension TalkSubscriptionEvent {
  fileprivate var isLast: Bool {
    switch self {
    case .change, .quiet: false
    case .revoked, .lagging, .replaced, .leaving: true
    }
  }
}

extension ServerSentEvent {
  fileprivate init(_ event: TalkSubscriptionEvent) throws {
    switch event {
    case .change(let change):
      self.init(id: change.version, name: change.kind.rawValue, data: try TalkUpdateData(change).json)
    case .quiet: self.init(comment: "quiet")
    case .revoked: self.init(comment: "revoked")
    case .replaced: self.init(comment: "replaced")
    // A client that connects again at once misses nothing.
    case .lagging: self.init(comment: "lagging", retry: 100)
    case .leaving: self.init(comment: "leaving", retry: 100)
    }
  }

  fileprivate init(_ record: TalkRecord) throws {
    self.init(name: TalkUpdate.Kind.ended.rawValue, data: try TalkUpdateData(record).json)
  }
}
