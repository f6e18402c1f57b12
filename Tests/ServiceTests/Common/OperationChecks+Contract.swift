import Foundation
import Testing

extension OperationChecks {
  /// Web/openapi.yaml has each operation with its errors, its checks, and the form of its response.
  func isInContract() async throws {
    let document = try ContractDocument()
    for operation in operations {
      guard let described = document.operation(operation.name) else {
        Issue.record("Web/openapi.yaml lacks \(operation.name)")
        continue
      }
      compareErrors(operation, described)
      compareGuards(operation, described)
      try await compareResponse(operation, described)
    }
  }

  private func compareErrors(_ operation: Operation<Stage>, _ described: ContractOperation) {
    #expect(described.responses[operation.success] != nil, "\(operation.name) lacks \(operation.success)")
    let listed = Set(operation.listed).union(described.everywhere)
    if described.isHead {
      // The response to a HEAD has no body that could have a code.
      let statuses = Set(listed.compactMap { Int($0.prefix(3)) }).union([operation.success])
      #expect(Set(described.responses.keys) == statuses, "\(operation.name)")
      return
    }
    for error in listed.subtracting(described.errors).sorted() { Issue.record("\(operation.name) lacks \(error)") }
    for error in described.errors.subtracting(listed).sorted() { Issue.record("\(operation.name) has \(error)") }
  }

  private func compareGuards(_ operation: Operation<Stage>, _ described: ContractOperation) {
    let guards = operation.guards
    let scopes: [JSONValue] = guards.contains(.operatorScope) ? [.text("operator")] : []
    let bearer = JSONValue.list([.object(["bearer": .list(scopes)])])
    #expect((described.members["security"] == bearer) == guards.contains(.token), "\(operation.name): security")
    // A route reads JSON if it refuses another type, with the guard or by itself.
    let readsJSON = operation.listed.contains("415 `unsupported_media_type`")
    #expect((bodySchema(described) != nil) == readsJSON, "\(operation.name): body")
    let parameters = described.parameters
    for name in ["limit", "cursor"] {
      #expect((parameters[name] != nil) == guards.contains(.page), "\(operation.name): \(name)")
    }
    let key: Bool? =
      guards.contains(.requiredIdempotencyKey) ? true : guards.contains(.idempotencyKey) ? false : nil
    #expect(parameters["Idempotency-Key"] == key, "\(operation.name): Idempotency-Key")
    for name in ["RateLimit", "RateLimit-Policy"] {
      let field = described.responses[operation.success]?["headers"]?[name]
      #expect((field != nil) == guards.contains(.rateLimit), "\(operation.name): \(name)")
    }
  }

  /// The reference to the schema of a body in JSON. Nil for a webhook, whose body is the provider's.
  private func bodySchema(_ described: ContractOperation) -> JSONValue? {
    described.members["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"]
  }

  private func compareResponse(_ operation: Operation<Stage>, _ described: ContractOperation) async throws {
    var stage = try Stage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let answer = try await stage.answer(try await operation.call(&stage))
    let response = described.responses[operation.success]
    for (name, header) in response?["headers"]?.object ?? [:] {
      guard described.document.resolved(header)?["required"] == .boolean(true) else { continue }
      #expect(answer.headers[name.lowercased()] != nil, "\(operation.name): \(name)")
    }
    let content = response?["content"]?.object ?? [:]
    let media = answer.headers["content-type"].map { String($0.prefix { $0 != ";" }) }
    guard !answer.body.isEmpty, let media else {
      #expect(content.isEmpty, "\(operation.name) has no body")
      return
    }
    #expect(content[media] != nil, "\(operation.name): \(media)")
    guard media == "application/json" else { return }
    let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body.utf8))
    let faults = described.document.faults(of: body, by: content[media]?["schema"])
    #expect(faults.isEmpty, "\(operation.name): \(faults) in \(answer.body)")
  }
}
