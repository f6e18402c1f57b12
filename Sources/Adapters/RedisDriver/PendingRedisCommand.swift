import NIOCore
import Synchronization

/// A command that waits for its reply. It is completed by whichever comes first: the reply, its deadline or its
/// caller's cancellation. Its place in the order of replies stays, so that the connection remains usable.
final class PendingRedisCommand: Sendable {
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
