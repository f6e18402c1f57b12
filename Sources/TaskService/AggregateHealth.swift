import Application
import HTTPServing
import HTTPTransport
import Hummingbird

/// Asks all four services whether they run, within a second, and names those that do not answer. Requests at the same
/// time share one round of checks.
struct AggregateHealth: Sendable {
  private let services: [(name: String, url: String)]
  private let http: any RequestSender
  private let round = SharedRound()

  init(services: [(name: String, url: String)], http: any RequestSender) {
    self.services = services
    self.http = http
  }

  private struct Answer: Encodable {
    let status: String
    let missing: [String]
  }

  func response() async throws -> Response {
    let missing = await round.result { await self.missing() }
    guard missing.isEmpty else { throw AggregateHealthError.missing(missing) }
    return try json(Answer(status: "ok", missing: missing))
  }

  private func missing() async -> [String] {
    await withTaskGroup(of: String?.self) { group in
      for service in services {
        group.addTask {
          let request = HTTPClientRequest(method: "GET", url: "\(service.url)/\(Self.path(service.name))/healthz")
          let answer = try? await http.send(request, deadline: .seconds(1))
          return answer?.status == 200 ? nil : service.name
        }
      }
      var missing: [String] = []
      for await name in group { if let name { missing.append(name) } }
      return missing.sorted()
    }
  }

  private static func path(_ name: String) -> String {
    switch name {
    case "session": "sessions"
    case "task": "tasks"
    default: name
    }
  }
}

enum AggregateHealthError: StableError {
  /// These services do not answer.
  case missing([String])

  var code: String {
    switch self {
    case .missing: "services_missing"
    }
  }
}

/// A round of checks that callers at the same time share.
private actor SharedRound {
  private var current: Task<[String], Never>?

  func result(_ ask: @escaping @Sendable () async -> [String]) async -> [String] {
    if let current { return await current.value }
    let round = Task { await ask() }
    current = round
    let result = await round.value
    current = nil
    return result
  }
}
