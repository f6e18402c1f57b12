import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// The outermost layer of every service: gives each request its id, and each error its problem document.
public struct EdgeResponder<Inner: HTTPResponder>: HTTPResponder where Inner.Context == HTTPRequestContext {
  public typealias Context = HTTPRequestContext
  private let inner: Inner
  private let edge: EdgeResponseWriter
  private let paths: [KnownPath]

  init(_ inner: Inner, edge: EdgeResponseWriter, routes: [Router<HTTPRequestContext>.RouteDescription]) {
    self.inner = inner
    self.edge = edge
    paths = KnownPath.all(routes)
  }

  public func respond(to request: Request, context: HTTPRequestContext) async throws -> Response {
    var context = context
    context.requestID = edge.requestID(request.headers[.requestID])
    context.publicURL = edge.publicURL
    context.problems = edge.problems
    let start = ContinuousClock.now
    var request = request
    if request.declaresBody { request.body = request.body.watched(declared: request.declaredLength) }
    var response: Response
    do {
      if request.headers.contains(.contentEncoding) {
        throw Problem(.unsupportedMediaType, code: "content_encoding", detail: "Send the body as it is.")
      }
      response = try await inner.respond(to: request, context: context)
      if response.status.code >= 400, response.headers[.contentType] != "application/problem+json" {
        response = problem(Problem(standingFor: response.status), request, context)
      }
    } catch {
      let problem = edge.problem(
        for: error, path: request.uri.path, requestID: context.requestID, logger: context.logger)
      response = self.problem(problem, request, context)
    }
    // The client would take a body for the beginning of the next response.
    if request.method == .head { response = response.createHeadResponse() }
    response.headers[.requestID] = context.requestID
    if !response.headers.contains(.cacheControl) { response.headers[.cacheControl] = "no-store" }
    edge.metrics.note(request.method, context.endpointPath, response.status.code, since: start)
    return response
  }

  private func problem(_ problem: Problem, _ request: Request, _ context: HTTPRequestContext) -> Response {
    var problem = problem
    // A route that ran and found nothing has sent its own 404.
    if problem.status == .notFound, !paths.contains(where: { $0.name == context.endpointPath }),
      let allowed = paths.first(where: { $0.matches(request.uri.path) })?.methods
    {
      problem = Problem(.methodNotAllowed, code: "method_not_allowed", headers: [.allow: allowed])
    }
    edge.note(
      problem, path: request.uri.path, route: context.endpointPath, requestID: context.requestID,
      logger: context.logger)
    return problem.response(publicURL: edge.publicURL, requestID: context.requestID)
  }
}

/// A path that exists for some method, so that another method gets 405 and not 404.
private struct KnownPath: Sendable {
  let name: String
  let parts: [RouterPath.Element]
  let methods: String

  static func all(_ routes: [Router<HTTPRequestContext>.RouteDescription]) -> [KnownPath] {
    Dictionary(grouping: routes, by: { $0.path.description }).values.compactMap { group in
      group.first.map { first in
        KnownPath(
          name: first.path.description, parts: Array(first.path),
          methods: Self.allowed(group.map(\.method)))
      }
    }
  }

  private static func allowed(_ methods: [HTTPRequest.Method]) -> String {
    let all = Set(methods + (methods.contains(.get) ? [.head] : []))
    return all.map(\.rawValue).sorted().joined(separator: ", ")
  }

  func matches(_ path: String) -> Bool {
    let given = path.split(separator: "/")
    return given.count == parts.count && zip(parts, given).allSatisfy { $0 ~= $1 }
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("x-request-id") ?? .eTag
}
