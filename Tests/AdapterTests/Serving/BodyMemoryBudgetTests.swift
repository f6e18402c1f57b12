import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import HTTPServing

@Suite("The memory budget of request bodies")
struct BodyMemoryBudgetTests {
  private static let limit = 256 << 10

  private func read<T: Sendable>(
    _ kibibytes: Int, _ budget: BodyMemoryBudget, _ use: (Int) async throws -> T
  ) async throws -> T {
    let body = RequestBody(buffer: ByteBuffer(repeating: 0x41, count: kibibytes << 10))
    let request = Request(
      head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/"), body: body)
    return try await request.withRawBody(upTo: Self.limit, within: budget) { try await use($0.readableBytes) }
  }

  private func status(_ kibibytes: Int, _ budget: BodyMemoryBudget) async throws -> Int {
    do { return try await read(kibibytes, budget) { _ in 200 } } catch let problem as Problem {
      return problem.status.code
    }
  }

  @Test("a long body takes its part beyond 64 KiB from the budget while it is used, and a short one takes nothing")
  func shared() async throws {
    let budget = BodyMemoryBudget(bytes: 100 << 10)
    let inside = try await read(150, budget) { size -> [Int] in
      #expect(size == 150 << 10)
      return [try await status(64, budget), try await status(78, budget), try await status(79, budget)]
    }
    #expect(inside == [200, 200, 503])
    #expect(try await status(164, budget) == 200)
    #expect(try await status(165, budget) == 503)
    #expect(try await status(257, budget) == 413)
    // A refused body has returned its share of the budget.
    #expect(try await status(164, budget) == 200)
  }

  @Test("as much of a body's beginning is kept as the budget allows, and its memory is returned with it")
  func beginning() {
    let budget = BodyMemoryBudget(bytes: 100)
    func read(_ count: Int, into beginning: BudgetedBodyPrefix) {
      [UInt8](repeating: 1, count: count).withUnsafeBytes { beginning.read($0) }
    }
    do {
      let first = BudgetedBodyPrefix(budget, upTo: 70)
      read(50, into: first)
      read(50, into: first)
      let second = BudgetedBodyPrefix(budget, upTo: 70)
      read(200, into: second)
      #expect(first.bytes.count == 70 && second.bytes.count == 30)
      first.forget()
      read(200, into: second)
      #expect(first.bytes.isEmpty && second.bytes.count == 70)
    }
    let third = BudgetedBodyPrefix(budget, upTo: 200)
    read(200, into: third)
    #expect(third.bytes.count == 100)
  }
}
