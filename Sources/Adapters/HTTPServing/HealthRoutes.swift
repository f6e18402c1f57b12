import Application
import Hummingbird

/// The dependencies of a service, each with a check.
public struct Readiness: Sendable {
  public struct Check: Sendable {
    let name: String
    let isNeeded: Bool
    let isUp: @Sendable () async -> Bool

    /// - Parameter isNeeded: whether the service can do nothing important without the dependency.
    public init(_ name: String, isNeeded: Bool, _ isUp: @escaping @Sendable () async -> Bool) {
      self.name = name
      self.isNeeded = isNeeded
      self.isUp = isUp
    }

    /// A dependency that does not respond in time counts as down: the caller waits for a second at most.
    func answersInTime() async -> Bool {
      await TimeLimit(.milliseconds(600)).run(isUp) ?? false
    }
  }

  struct Finding: Sendable {
    var canServe: Bool
    var down: [String]
  }

  private let checks: [Check]
  private let isDraining: @Sendable () -> Bool

  public init(_ checks: [Check], isDraining: @escaping @Sendable () -> Bool) {
    self.checks = checks
    self.isDraining = isDraining
  }

  /// The dependencies that are down while the service cannot serve; empty as soon as it can.
  public func missing() async -> [String] {
    let finding = await look()
    return finding.canServe ? [] : finding.down
  }

  func look() async -> Finding {
    if isDraining() { return Finding(canServe: false, down: ["draining"]) }
    return await withTaskGroup(of: Check?.self) { group in
      for check in checks { group.addTask { await check.answersInTime() ? nil : check } }
      var finding = Finding(canServe: true, down: [])
      for await case let check? in group {
        finding.down.append(check.name)
        if check.isNeeded { finding.canServe = false }
      }
      finding.down.sort()
      return finding
    }
  }
}

private struct Health: Encodable {
  let status: String
  var down: [String]?
}

extension RouterMethods where Context == HTTPRequestContext {
  /// `/healthz`: the process runs. `/readyz`: the process can serve.
  /// - Parameter answersForAll: whether the service has its own `/healthz`, which reports on all services.
  public func addHealthRoutes(prefix: RouterPath, readiness: Readiness, answersForAll: Bool = false) {
    for path in (answersForAll ? [] : ["/healthz"]) + ["\(prefix.description)/healthz"] {
      get(RouterPath(path)) { _, _ in try json(Health(status: "ok")) }
    }
    get("/readyz") { _, _ in
      let finding = await readiness.look()
      guard finding.canServe else {
        throw Problem(
          .serviceUnavailable, code: "not_ready", detail: "Something this service needs is down.",
          members: ["down": .list(finding.down)])
      }
      return try json(Health(status: "ready", down: finding.down.isEmpty ? nil : finding.down))
    }
  }
}
