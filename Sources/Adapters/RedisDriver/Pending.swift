import NIOCore
import Synchronization

/// A command that waits for its reply. Whoever comes first settles it (the reply, its deadline, its caller's
/// cancellation); its place in the order of replies stays, so that the connection remains usable.
final class Pending: Sendable {
  let deadline: NIODeadline
  private let settled: Mutex<(@Sendable (Result<RedisValue, RedisError>) -> Void)?>

  init(deadline: NIODeadline, _ settled: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void) {
    self.deadline = deadline
    self.settled = Mutex(settled)
  }

  func settle(_ result: Result<RedisValue, RedisError>) {
    let tell = settled.withLock { settled in
      defer { settled = nil }
      return settled
    }
    tell?(result)
  }
}
