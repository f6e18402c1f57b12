import Hummingbird
import NIOCore
import Synchronization

/// What the bodies of all requests of a process may take of its memory together.
public final class BodyBudget: Sendable {
  private let left: Mutex<Int>

  public init(bytes: Int) { left = Mutex(bytes) }

  /// Takes as much as there is, up to so many bytes.
  func take(upTo bytes: Int) -> Int {
    left.withLock { left in
      let taken = max(0, min(bytes, left))
      left -= taken
      return taken
    }
  }

  func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}

/// The beginning of a body, as far as it fits into the budget. What it took goes back with it.
public final class BodyBeginning {
  private let budget: BodyBudget
  private let most: Int
  public private(set) var bytes: [UInt8] = []

  /// - Parameter most: how many bytes of one body.
  public init(_ budget: BodyBudget, upTo most: Int) {
    self.budget = budget
    self.most = most
  }

  deinit { budget.giveBack(bytes.count) }

  public func read(_ more: UnsafeRawBufferPointer) {
    let wanted = min(more.count, most - bytes.count)
    guard wanted > 0 else { return }
    bytes.append(contentsOf: more.prefix(budget.take(upTo: wanted)))
  }

  /// Nothing of it is wanted any more.
  public func forget() {
    budget.giveBack(bytes.count)
    bytes = []
  }
}

extension Request {
  /// Every route may have so much of a body without asking anybody.
  private static let free = 64 * 1_024

  /// The body as it came, where it may be longer than those of other routes: what is beyond their 64 KiB is taken from the
  /// budget until `use` has returned. So a short one is never kept waiting by the long ones of others.
  /// - Throws: 413 beyond `limit` bytes, 503 where the budget is used up.
  public func withRawBody<T: Sendable>(
    upTo limit: Int, within budget: BodyBudget, _ use: (ByteBuffer) async throws -> T
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
