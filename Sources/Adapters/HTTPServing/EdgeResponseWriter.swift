import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Adds what every response contains, regardless of how it was made.
final class EdgeResponseWriter: Sendable {
  let publicURL: String
  let metrics: RequestMetrics
  let problems: ProblemTable
  private let clock = Mutex((second: Int64(0), text: ""))
  private let repeated: RepeatedLogLines

  init(
    publicURL: String, problems: ProblemTable = .edge, registry: MetricsRegistry = .process,
    repeated: RepeatedLogLines = RepeatedLogLines()
  ) {
    self.publicURL = publicURL
    self.problems = problems
    self.repeated = repeated
    metrics = RequestMetrics(registry)
  }

  /// The front door's id if it is allowed in a header; otherwise an id made here.
  func requestID(_ given: String?) -> String {
    if let given, (1...128).contains(given.utf8.count), given.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return given
    }
    return RequestIDGenerator.next()
  }

  /// The problem that the client receives for an error. An error without a row in the table is reported as an internal
  /// error without details.
  func problem(for error: any Error, path: String, requestID: String, logger: Logger) -> Problem {
    if let problem = problems.problem(for: error) { return problem }
    logger.error(
      "a request failed", metadata: ["error": "\(error)", "path": "\(path)", "request_id": "\(requestID)"])
    return Problem(.internalServerError, code: "internal_error")
  }

  /// Logs a response of 5xx, ten in a minute of each code and route.
  /// - Parameter route: its path as the router knows it, without the ids of a request; nil if there is none.
  func note(_ problem: Problem, path: String, route: String?, requestID: String, logger: Logger) {
    // Caddy asks twice a second whether a service is ready. The log would contain little else.
    guard problem.status.code >= 500, problem.code != "not_ready" else { return }
    let (code, status) = (problem.code, problem.status.code)
    repeated.write("\(code) \(route ?? "")") {
      let metadata: Logger.Metadata = ["code": "\(code)", "path": "\(path)", "request_id": "\(requestID)"]
      logger.notice("answered \(status)", metadata: metadata)
    } more: { leftOut in
      let metadata: Logger.Metadata = ["code": "\(code)", "path": "\(route ?? path)", "left_out": "\(leftOut)"]
      logger.notice("answered \(status) more often", metadata: metadata)
    }
  }

  func response(
    to answer: FastPathResponse, uri: String, route: String, requestID: String, logger: Logger
  ) -> (head: HTTPResponseHead, body: ByteBuffer) {
    var headers = HTTPHeaders()
    let (status, body): (HTTPResponseStatus, ByteBuffer)
    switch answer {
    case .json(let json):
      (status, body) = (.ok, json)
      headers.add(name: "content-type", value: "application/json")
    case .failure(let error):
      let path = String(uri.prefix { $0 != "?" })
      let problem = problem(for: error, path: path, requestID: requestID, logger: logger)
      note(problem, path: path, route: route, requestID: requestID, logger: logger)
      let document = problem.document(publicURL: publicURL, requestID: requestID)
      (status, body) = (HTTPResponseStatus(statusCode: problem.status.code), document.body)
      for field in document.headers { headers.add(name: field.name.canonicalName, value: field.value) }
    }
    headers.add(name: "x-request-id", value: requestID)
    headers.add(name: "cache-control", value: "no-store")
    headers.add(name: "date", value: date)
    headers.add(name: "content-length", value: String(body.readableBytes))
    return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
  }

  /// The response to data that is no request: its path is not known, and its id is made here.
  func response(toUnreadable error: HTTPParserError) -> (head: HTTPResponseHead, body: ByteBuffer) {
    let isTooLarge = error == .headerOverflow
    let problem =
      isTooLarge
      ? Problem(.requestHeaderFieldsTooLarge, code: "header_too_large", detail: "The header is too large.")
      : Problem(.badRequest, code: "invalid_request", detail: "This is no request of HTTP/1.1.")
    let id = RequestIDGenerator.next()
    let document = problem.document(publicURL: publicURL, requestID: id)
    var headers = HTTPHeaders()
    for field in document.headers { headers.add(name: field.name.canonicalName, value: field.value) }
    for (name, value) in [
      ("x-request-id", id), ("cache-control", "no-store"), ("date", date), ("connection", "close"),
      ("content-length", String(document.body.readableBytes)),
    ] { headers.add(name: name, value: value) }
    let status = HTTPResponseStatus(statusCode: problem.status.code)
    return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), document.body)
  }

  /// The current second as RFC 9110, section 5.6.7, spells it.
  private var date: String {
    let now = Date.now
    let second = now.unixSeconds
    return clock.withLock { clock in
      if clock.second != second { clock = (second, HTTPDate.text(now)) }
      return clock.text
    }
  }
}

enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// IMF-fixdate (RFC 9110, section 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func text(_ date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
    func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
    let day =
      "\(days[(parts.weekday ?? 1) - 1]), \(two(parts.day)) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 0)"
    return "\(day) \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
  }
}
