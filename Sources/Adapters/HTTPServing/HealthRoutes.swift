import Hummingbird

/// What a service needs to serve: each dependency with a look at it.
public struct Readiness: Sendable {
  public struct Check: Sendable {
    let name: String
    let isUp: @Sendable () async -> Bool
    public init(_ name: String, _ isUp: @escaping @Sendable () async -> Bool) {
      self.name = name
      self.isUp = isUp
    }
  }

  private let checks: [Check]
  private let isDraining: @Sendable () -> Bool

  public init(_ checks: [Check], isDraining: @escaping @Sendable () -> Bool) {
    self.checks = checks
    self.isDraining = isDraining
  }

  /// Names what is down; empty where the service can serve.
  func down() async -> [String] {
    if isDraining() { return ["draining"] }
    return await withTaskGroup(of: String?.self) { group in
      for check in checks { group.addTask { await check.isUp() ? nil : check.name } }
      var down: [String] = []
      for await name in group { if let name { down.append(name) } }
      return down.sorted()
    }
  }
}

private struct Health: Encodable {
  let status: String
  var down: [String]?
}

extension RouterMethods where Context == ServingContext {
  /// `/healthz`: the process lives. `/readyz`: it can serve.
  /// - Parameter answersForAll: `/healthz` is somebody else's: it tells of all services.
  public func addHealthRoutes(prefix: RouterPath, readiness: Readiness, answersForAll: Bool = false) {
    for path in (answersForAll ? [] : ["/healthz"]) + ["\(prefix.description)/healthz"] {
      get(RouterPath(path)) { _, _ in try json(Health(status: "ok")) }
    }
    get("/readyz") { _, _ in
      let down = await readiness.down()
      return down.isEmpty
        ? try json(Health(status: "ready"))
        : try json(
          Health(status: "not_ready", down: down), status: .serviceUnavailable,
          headers: [.contentType: "application/json"])
    }
  }
}
