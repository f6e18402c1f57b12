/// How a provider misbehaves until the fault is cleared.
struct Fault: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// Responds with `status` and an error body.
    case status
    /// Responds correctly, but `delay` later.
    case latency
    /// Sends nothing for `delay`, then closes the connection.
    case timeout
    /// Closes the connection with a TCP reset.
    case reset
    /// Responds with 200 and incomplete JSON.
    case malformed
  }

  let kind: Kind
  var status = 500
  var delay: Duration
  /// The value of the header `Retry-After`, in seconds.
  var retryAfter: Int?
  /// The number of requests that are still affected; `nil` affects all until the fault is cleared.
  var times: Int?
  /// A part of the path that affected requests contain; `*` stands for any text.
  var path: String?
  var method: String?
  /// A text that the body of affected requests contains.
  var body: String?
  /// Whether the provider performs the request and only its response is affected.
  var afterEffect = false

  init(_ json: JSON) throws {
    guard let kind = json["kind"]?.string.flatMap(Kind.init) else {
      throw ControlFailure("kind must be status, latency, timeout, reset or malformed")
    }
    self.kind = kind
    status = json["status"]?.int ?? 500
    delay = .milliseconds(json["delay_ms"]?.int ?? (kind == .timeout ? 60_000 : 1_000))
    retryAfter = json["retry_after"]?.int
    times = json["times"]?.int
    path = json["path"]?.string
    method = json["method"]?.string?.uppercased()
    body = json["body"]?.string
    afterEffect = json["after_effect"]?.bool ?? false
    guard (200...599).contains(status), delay >= .zero, (times ?? 1) > 0 else {
      throw ControlFailure("status is 200 to 599, delay_ms at least 0 and times at least 1")
    }
  }

  func hits(method: String, path: String, body: [UInt8]) -> Bool {
    if let wanted = self.method, wanted != method { return false }
    if let wanted = self.body, body.firstRange(of: Array(wanted.utf8)) == nil { return false }
    guard let wanted = self.path else { return true }
    var rest = path[...]
    for piece in wanted.split(separator: "*") {
      guard let range = rest.firstRange(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  var json: JSON {
    [
      "kind": .string(kind.rawValue), "status": .int(status), "retry_after": .optional(retryAfter),
      "times": .optional(times), "path": .optional(path), "method": .optional(method),
      "body": .optional(body), "after_effect": .bool(afterEffect),
    ]
  }
}

/// The active faults, one for each provider.
actor FaultBoard {
  private var faults: [Provider: Fault] = [:]

  func current(_ provider: Provider) -> Fault? { faults[provider] }
  func set(_ fault: Fault, for provider: Provider) { faults[provider] = fault }
  func clear(_ provider: Provider) { faults[provider] = nil }

  /// The fault that applies to this request, if any; counts the request.
  func take(_ provider: Provider, method: String, path: String, body: [UInt8]) -> Fault? {
    guard var fault = faults[provider], fault.hits(method: method, path: path, body: body) else { return nil }
    if let times = fault.times {
      fault.times = times - 1
      faults[provider] = times > 1 ? fault : nil
    }
    return fault
  }
}
