import Hummingbird
import NIOCore
import Synchronization

/// The memory that the bodies of all requests of a process may use together.
public final class BodyMemoryBudget: Sendable {
  private let left: Mutex<Int>

  public init(bytes: Int) { left = Mutex(bytes) }

  /// Takes as many bytes as are available, up to `bytes`.
  func take(upTo bytes: Int) -> Int {
    left.withLock { left in
      let taken = max(0, min(bytes, left))
      left -= taken
      return taken
    }
  }

  func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}

/// The beginning of a body, as far as it fits into the budget. Its bytes are given back to the budget when it is
/// released.
public final class BudgetedBodyPrefix {
  private let budget: BodyMemoryBudget
  private let most: Int
  public private(set) var bytes: [UInt8] = []

  /// - Parameter most: the most bytes of one body.
  public init(_ budget: BodyMemoryBudget, upTo most: Int) {
    self.budget = budget
    self.most = most
  }

  deinit { budget.giveBack(bytes.count) }

  public func read(_ more: UnsafeRawBufferPointer) {
    let wanted = min(more.count, most - bytes.count)
    guard wanted > 0 else { return }
    bytes.append(contentsOf: more.prefix(budget.take(upTo: wanted)))
  }

  /// Drops the stored beginning.
  public func forget() {
    budget.giveBack(bytes.count)
    bytes = []
  }
}

extension Request {
  /// The bytes of a body that every route may read without the budget.
  private static let free = 64 * 1_024

  /// The raw body, for a route whose bodies may be longer than those of other routes. Bytes beyond the first 64 KiB are
  /// taken from the budget until `use` has returned. Long bodies of other requests therefore never delay a short one.
  /// - Throws: 413 beyond `limit` bytes, 503 if the budget is used up.
  public func withRawBody<T: Sendable>(
    upTo limit: Int, within budget: BodyMemoryBudget, _ use: (ByteBuffer) async throws -> T
  ) async throws -> T {
    var taken = 0
    defer { budget.giveBack(taken) }
    var whole = ByteBuffer()
    for try await var chunk in body {
      let size = whole.readableBytes + chunk.readableBytes
      guard size <= limit else {
        throw Problem(.contentTooLarge, code: "body_too_large", detail: "At most \(limit) bytes are read.")
      }
      let wanted = size - Self.free - taken
      if wanted > 0 {
        let got = budget.take(upTo: wanted)
        taken += got
        guard got == wanted else { throw Problem.unavailable("busy", "Too much is being sent. Send it again.") }
      }
      whole.writeBuffer(&chunk)
    }
    return try await use(whole)
  }
}
