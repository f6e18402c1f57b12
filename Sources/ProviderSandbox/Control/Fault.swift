/// How a provider misbehaves until told otherwise.
struct Fault: Sendable {
  enum Kind: String, Sendable {
    /// Answers with `status` and an error body.
    case status
    /// Answers as ever, `delay` late.
    case latency
    /// Says nothing for `delay`, then drops the connection.
    case timeout
    /// Drops the connection with a TCP reset.
    case reset
    /// Answers 200 with JSON that breaks off.
    case malformed
  }

  let kind: Kind
  var status = 500
  var delay: Duration
  /// Seconds, for the header `Retry-After`.
  var retryAfter: Int?
  /// How many requests are still hit; `nil` hits all until the fault is cleared.
  var times: Int?
  /// Part of the path that a request must contain to be hit; `*` stands for anything.
  var path: String?
  var method: String?
  /// The provider does what it was asked, and only its answer is spoilt.
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
    afterEffect = json["after_effect"]?.bool ?? false
    guard (200...599).contains(status), delay >= .zero, (times ?? 1) > 0 else {
      throw ControlFailure("status is 200 to 599, delay_ms at least 0 and times at least 1")
    }
  }

  func hits(method: String, path: String) -> Bool {
    if let wanted = self.method, wanted != method { return false }
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
      "after_effect": .bool(afterEffect),
    ]
  }
}

/// The faults in force, one a provider.
actor FaultBoard {
  private var faults: [Provider: Fault] = [:]

  func current(_ provider: Provider) -> Fault? { faults[provider] }
  func set(_ fault: Fault, for provider: Provider) { faults[provider] = fault }
  func clear(_ provider: Provider) { faults[provider] = nil }

  /// The fault that this request runs into, if any; counts it.
  func take(_ provider: Provider, method: String, path: String) -> Fault? {
    guard var fault = faults[provider], fault.hits(method: method, path: path) else { return nil }
    if let times = fault.times {
      fault.times = times - 1
      faults[provider] = times > 1 ? fault : nil
    }
    return fault
  }
}
