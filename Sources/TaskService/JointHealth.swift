import HTTPServing
import HTTPTransport
import Hummingbird

/// Asks all four services whether they live, within a second, and names who is missing.
struct JointHealth: Sendable {
  let services: [(name: String, url: String)]
  let http: HTTPTransport

  private struct Answer: Encodable {
    let status: String
    let missing: [String]
  }

  func response() async throws -> Response {
    let missing = await withTaskGroup(of: String?.self) { group in
      for service in services {
        group.addTask {
          let request = OutboundRequest(method: "GET", url: "\(service.url)/\(Self.path(service.name))/healthz")
          let answer = try? await http.send(request, deadline: .seconds(1))
          return answer?.status == 200 ? nil : service.name
        }
      }
      var missing: [String] = []
      for await name in group { if let name { missing.append(name) } }
      return missing.sorted()
    }
    guard missing.isEmpty else {
      throw Problem(
        .serviceUnavailable, code: "services_missing", detail: "Not every service answers.",
        members: ["missing": .list(missing)])
    }
    return try json(Answer(status: "ok", missing: missing))
  }

  private static func path(_ name: String) -> String {
    switch name {
    case "session": "sessions"
    case "task": "tasks"
    default: name
    }
  }
}
