import Fakes
import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

/// One service over fakes, created anew for each request.
protocol ServiceStage: Sendable {
  init() throws
  var serving: ServingFakes { get }
  func api() throws -> ServiceAPI
}

struct Answer: Sendable {
  let status: Int
  let headers: [String: String]
  /// The values of all Set-Cookie fields, in order.
  let cookies: [String]
  let body: String
  /// The code of a problem.
  let code: String?
}

extension ServiceStage {
  static var publicURL: String { "http://localhost" }

  /// Answers one request as the service does.
  /// - Parameters:
  ///   - problems: in place of the service's own table.
  ///   - logger: of the service; by default nothing is logged.
  func answer(_ call: Call, problems: ProblemTable? = nil, logger: Logger? = nil) async throws -> Answer {
    try #require(try await answers(call, times: 1, problems: problems, logger: logger).first)
  }

  /// Answers the same request so many times, one after the other.
  func answers(
    _ call: Call, times: Int, problems: ProblemTable? = nil, logger: Logger? = nil
  ) async throws -> [Answer] {
    try await answers(Array(repeating: call, count: times), problems: problems, logger: logger)
  }

  /// Makes the calls one after the other, to one instance of the service.
  func answers(
    _ calls: [Call], problems: ProblemTable? = nil, logger: Logger? = nil
  ) async throws -> [Answer] {
    let api = try api()
    let application = Serving.application(
      api.router, host: "127.0.0.1", port: 0, name: "test", publicURL: Self.publicURL,
      logger: logger ?? Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }, problems: problems ?? api.problems)
    return try await application.test(.router) { client in
      var answers: [Answer] = []
      for call in calls {
        let response = try await client.execute(
          uri: call.uri, method: call.method, headers: call.headers, body: call.body.map { ByteBuffer(string: $0) })
        answers.append(try Answer(response))
      }
      return answers
    }
  }
}

extension Answer {
  fileprivate init(_ response: TestResponse) throws {
    let headers = response.headers.map { ($0.name.canonicalName, $0.value) }
    let body = String(buffer: response.body)
    // The response to a HEAD has none.
    let isProblem = response.headers[.contentType] == "application/problem+json" && !body.isEmpty
    let code = isProblem ? try JSONDecoder().decode(ProblemBody.self, from: Data(body.utf8)).code : nil
    self.init(
      status: response.status.code, headers: Dictionary(headers) { first, _ in first },
      cookies: response.headers[values: .setCookie], body: body, code: code)
  }
}

private struct ProblemBody: Decodable { let code: String }
