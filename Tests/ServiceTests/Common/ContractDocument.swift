import Foundation

/// Web/openapi.yaml: the HTTP contract. It is written in the part of YAML that is JSON.
struct ContractDocument: Sendable {
  let root: JSONValue

  init() throws {
    let file = ErrorPage.root.appending(path: "Web/openapi.yaml")
    root = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
  }

  /// Such as `GET /billing/orders/{id}`.
  var names: Set<String> {
    Set((root["paths"]?.object ?? [:]).flatMap { path, item in item.object.keys.map { "\($0.uppercased()) \(path)" } })
  }

  /// The sentences about the codes of errors.
  var codes: [String: JSONValue] { root["x-error-codes"]?.object ?? [:] }

  func operation(_ name: String) -> ContractOperation? {
    let parts = name.components(separatedBy: " ")
    return root["paths"]?[parts[1]]?[parts[0].lowercased()].map {
      ContractOperation(name: name, members: $0, document: self)
    }
  }

  /// What a reference refers to; a value that is none is returned as it is.
  func resolved(_ value: JSONValue?) -> JSONValue? {
    guard let path = value?["$ref"]?.text else { return value }
    return resolved(path.split(separator: "/").dropFirst().reduce(Optional(root)) { $0?[String($1)] })
  }

  /// Where a value does not conform to a schema, as far as this document uses JSON Schema for responses. A member that
  /// is not in the schema is a fault here: a client may ignore it, and the document has to name it.
  func faults(of value: JSONValue, by schema: JSONValue?, at path: String = "") -> [String] {
    guard let schema = resolved(schema) else { return ["\(path): no schema"] }
    let types = schema["type"]?.texts ?? []
    if !types.isEmpty, !types.contains(value.schemaType) { return ["\(path) is \(value.schemaType)"] }
    if let known = schema["enum"]?.list, !known.contains(value) { return ["\(path) is \(value)"] }
    switch value {
    case .list(let values):
      return values.enumerated().flatMap { faults(of: $1, by: schema["items"], at: "\(path)/\($0)") }
    case .object(let members):
      let missing = (schema["required"]?.texts ?? []).filter { members[$0] == nil }.map { "\(path)/\($0) is missing" }
      return missing
        + members.flatMap { name, member in
          faults(of: member, by: schema["properties"]?[name] ?? schema["additionalProperties"], at: "\(path)/\(name)")
        }
    case .null, .boolean, .number, .text: return []
    }
  }
}

/// One operation of the document.
struct ContractOperation: Sendable {
  let name: String
  let members: JSONValue
  let document: ContractDocument

  var id: String? { members["operationId"]?.text }
  var isHead: Bool { name.hasPrefix("HEAD ") }

  /// By status.
  var responses: [Int: JSONValue] {
    let found = (members["responses"]?.object ?? [:]).compactMap { status, response in
      Int(status).flatMap { status in document.resolved(response).map { (status, $0) } }
    }
    return Dictionary(found) { first, _ in first }
  }

  /// Status and code of each error, as docs/errors.md lists them.
  var errors: Set<String> {
    Set(
      responses.filter { $0.key >= 400 }.flatMap { status, response in
        Self.codes(response).map { "\(status) `\($0)`" }
      })
  }

  private static func codes(_ response: JSONValue) -> [String] {
    let schema = response["content"]?["application/problem+json"]?["schema"]
    return schema?["allOf"]?.list.compactMap { $0["properties"]?["code"]?["enum"]?.texts }.flatMap { $0 } ?? []
  }

  /// The names of the parameters, with whether they are required.
  var parameters: [String: Bool] {
    let found = (members["parameters"]?.list ?? []).compactMap { document.resolved($0) }
    return Dictionary(
      found.compactMap { one in one["name"]?.text.map { ($0, one["required"] == .boolean(true)) } }
    ) { first, _ in first }
  }

  /// The errors that docs/errors.md names once for all routes, and those of the front door.
  var everywhere: Set<String> {
    var every: Set = [
      "413 `body_too_large`", "415 `content_encoding`", "421 `foreign_host`", "500 `internal_error`",
      "503 `service_unavailable`",
    ]
    if !name.hasPrefix("GET "), !isHead { every.formUnion(["400 `body_incomplete`", "408 `body_timeout`"]) }
    // The front door refuses some paths.
    if name.contains("{") { every.insert("400 `invalid_request`") }
    // ElevenLabs' body is never stored as a whole.
    if name.contains("/webhooks/"), !name.contains("elevenlabs") { every.insert("503 `busy`") }
    return every
  }
}
