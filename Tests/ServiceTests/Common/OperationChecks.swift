import Foundation
import Testing

@testable import HTTPServing

/// The checks of every service's table of operations.
struct OperationChecks<Stage: ServiceStage> {
  let operations: [Operation<Stage>]

  /// Each request succeeds, or gets the error that the table lists, in the contract's form of errors.
  func run() async throws {
    for operation in operations {
      var stage = try await stage()
      let good = try await operation.call(&stage)
      let answer = try await stage.answer(good)
      #expect(answer.status == operation.success, "\(operation.name): \(answer.body)")
      for refusal in operation.all { try await run(refusal, of: operation) }
    }
  }

  /// docs/operators.md lists each route of operators with its role, which is enough for it.
  func namesRoles(under heading: String) async throws {
    let documented = try ErrorPage("docs/operators.md").lines(under: heading)
    var actual: [String] = []
    for operation in operations {
      guard let role = operation.leastRole else { continue }
      actual.append("| `\(operation.name)` | `\(role.rawValue)` |")
      var stage = try await stage()
      let good = try await operation.call(&stage)
      let answer = try await stage.answer(good.signed(stage.serving.operatorToken(role)))
      #expect(answer.status == operation.success, "\(operation.name) by \(role): \(answer.body)")
    }
    for line in actual where !documented.contains(line) { Issue.record("docs/operators.md lacks \(line)") }
    for line in documented where !actual.contains(line) { Issue.record("docs/operators.md has \(line)") }
  }

  private func run(_ refusal: Refusal<Stage>, of operation: Operation<Stage>) async throws {
    var stage = try await stage()
    let call = try await refusal.call(&stage)
    let answer = try await stage.answer(call)
    let what = Comment(rawValue: "\(operation.name) with \(refusal.what): \(answer.status) \(answer.body)")
    #expect(answer.status == refusal.status, what)
    // The response to a HEAD has no body.
    if call.method != .head { #expect(answer.code == refusal.code, what) }
    #expect(answer.headers["x-request-id"] != nil, what)
    if answer.status == 401 {
      let scheme = answer.headers["www-authenticate"].map { String($0.prefix { $0 != " " }) }
      #expect(scheme == Self.scheme(of: operation), what)
    }
    if [429, 503].contains(answer.status) { #expect(answer.headers["retry-after"] != nil, what) }
  }

  /// The scheme of the credentials that the operation takes.
  private static func scheme(of operation: Operation<Stage>) -> String {
    guard operation.name.contains("/webhooks/") else { return "Bearer" }
    return operation.name.hasSuffix("mailjet") ? "Basic" : "Signature"
  }

  private func stage() async throws -> Stage {
    let stage = try Stage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    return stage
  }

  /// The table has every route of the service, and no other.
  func coversRoutes() throws {
    let routes = try Stage().api().router.routes.map { "\($0.method.rawValue) \($0.path.description)" }
    #expect(Set(routes) == Set(operations.map(\.name)))
    #expect(Set(operations.map(\.name)).count == operations.count, "an operation stands twice")
  }

  /// docs/errors.md lists for each operation the errors of the table.
  func isDocumented(under heading: String) throws {
    let documented = try ErrorPage().lines(under: heading)
    let actual = operations.map { operation in
      "| `\(operation.name)` | \(operation.success) | \(operation.listed.joined(separator: " · ")) |"
    }
    for line in actual where !documented.contains(line) { Issue.record("docs/errors.md lacks \(line)") }
    for line in documented where !actual.contains(line) { Issue.record("docs/errors.md has \(line)") }
  }

  /// The operations give each error that has a row in the service's table.
  /// - Parameter unheard: the errors that no request can cause, with the reason.
  func hearsEveryRow(of file: String, unheard: [String: String] = [:]) async throws {
    let heard = HeardErrors()
    for operation in operations {
      for refusal in operation.refusals {
        var stage = try await stage()
        let call = try await refusal.call(&stage)
        _ = try await stage.answer(call, problems: try heard.table(over: stage.api().problems))
      }
    }
    let rows = try ErrorRows(file).names
    #expect(!rows.isEmpty)
    let missing = rows.subtracting(heard.names).subtracting(unheard.keys)
    #expect(missing.isEmpty, "no client hears \(missing.sorted())")
    for name in unheard.keys { #expect(rows.contains(name), "there is no row for \(name)") }
  }
}
