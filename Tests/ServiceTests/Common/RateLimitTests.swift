import Foundation
import Testing

@Suite("Every limited route, with production limits")
struct RateLimitTests {
  @Test("as many requests as docs/limits.md says are let through at once, and no more")
  func counts() async throws {
    let page = try LimitsPage()
    var met: Set<String> = []
    met.formUnion(try await OperationChecks(operations: AuthOperations.all).meetsLimits(of: page))
    met.formUnion(try await OperationChecks(operations: BillingOperations.all).meetsLimits(of: page))
    met.formUnion(try await OperationChecks(operations: SessionOperations.all).meetsLimits(of: page))
    met.formUnion(try await OperationChecks(operations: TaskOperations.all).meetsLimits(of: page))
    // `code` is no limit of a route: what asks for a code counts it.
    #expect(met.union(["code"]) == Set(page.rows.keys))
  }

  @Test("all addresses of a /64 are one network, another /64 is another, and an address in other spellings is the same")
  func networks() async throws {
    let stage = try AuthStage()
    let count = try #require(try LimitsPage().rows["register"]?.count)
    func register(_ address: String, times: Int = 1) async throws -> [Int] {
      try await stage.answers(.post("/auth/register", body: "{").with("x-forwarded-for", address), times: times)
        .map(\.status)
    }
    #expect(try await register("2001:db8:1:2::1", times: count).allSatisfy { $0 == 400 })
    for address in ["2001:db8:1:2:ffff::9", "2001:0DB8:0001:0002::1", "2001:db8:1:2::"] {
      #expect(try await register(address) == [429])
    }
    #expect(try await register("2001:db8:1:3::1") == [400])
    #expect(try await register("203.0.113.1", times: count + 1) == Array(repeating: 400, count: count) + [429])
    // The front door adds the last one; what stands before it comes from outside.
    #expect(try await register("198.51.100.1, 203.0.113.1") == [429])
    #expect(try await register("203.0.113.2") == [400])
  }
}

extension OperationChecks {
  /// Each limited operation lets through as many requests of one client as the page says, and tells how many are left.
  /// - Returns: the names of the limits.
  func meetsLimits(of page: LimitsPage) async throws -> Set<String> {
    var met: Set<String> = []
    for operation in operations where operation.guards.contains(.rateLimit) {
      var stage = try Stage()
      try await stage.serving.revocations.fill(with: [], whole: true)
      var call = try await operation.call(&stage).with("x-forwarded-for", "203.0.113.7")
      // It counts like any other, and changes nothing.
      if operation.guards.contains(.json) { call = call.with(body: "{", key: nil) }
      let first = try await stage.answer(call)
      let policy = try #require(first.headers["ratelimit-policy"], "\(operation.name)")
      let parts = try #require(policy.wholeMatch(of: #/"([a-z_]+)";q=(\d+);w=(\d+)/#), "\(operation.name): \(policy)")
      let (name, count, window) = (String(parts.1), try #require(Int(parts.2)), try #require(Int(parts.3)))
      let row = try #require(page.rows[name], "docs/limits.md lacks `\(name)`")
      #expect(row == .init(count: count, window: window), "\(operation.name)")
      met.insert(name)
      let rest = try #require(Self.left(first, of: name), "\(operation.name)")
      // What has to be asked for before may have the same limit.
      #expect([count - 1, count - 2].contains(rest), "\(operation.name)")
      let answers = try await stage.answers(call, times: rest + 1)
      for (number, answer) in answers.enumerated() {
        #expect(Self.left(answer, of: name) == max(0, rest - 1 - number), "\(operation.name) \(number)")
        #expect((answer.code == "rate_limited") == (number == rest), "\(operation.name) \(number)")
      }
      #expect(answers.last?.status == 429 && answers.last?.headers["retry-after"] != nil, "\(operation.name)")
      // Another network, or another user, is counted apart.
      let isOfNetwork = !operation.guards.contains(.token)
      if isOfNetwork {
        let other = try await stage.answer(call.with("x-forwarded-for", "198.51.100.7"))
        #expect(other.code != "rate_limited", "\(operation.name)")
      }
    }
    return met
  }

  /// How many requests the answer says are left of the limit.
  private static func left(_ answer: Answer, of name: String) -> Int? {
    let field = answer.headers["ratelimit"]?.firstMatch(of: #/^"([a-z_]+)";r=(\d+);/#)
    return field.flatMap { String($0.1) == name ? Int($0.2) : nil }
  }
}

/// The table of docs/limits.md.
struct LimitsPage {
  struct Row: Equatable { let count, window: Int }

  /// By the limit's name.
  private(set) var rows: [String: Row] = [:]

  init() throws {
    let text = try String(contentsOf: ErrorPage.root.appending(path: "docs/limits.md"), encoding: .utf8)
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.replacing(",", with: "") }
      guard cells.count == 4, let count = cells[2].firstMatch(of: #/\d+/#).flatMap({ Int($0.output) }),
        let window = cells[3].firstMatch(of: #/\d+/#).flatMap({ Int($0.output) })
      else { continue }
      for name in cells[0].matches(of: #/`([a-z_]+)`/#) { rows[String(name.1)] = Row(count: count, window: window) }
    }
  }
}
