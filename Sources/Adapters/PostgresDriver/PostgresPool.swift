import Logging
import ServiceLifecycle
import Synchronization

/// Connections to one database, owned by one thread. Neither an event loop nor a thread of Swift's cooperative pool
/// ever waits in libpq.
public final class PostgresPool: PostgresStatementRunner, Service {
  private let loop: PostgresConnectionLoop
  private let tokens = Atomic<UInt64>(1)
  private let configuration: PostgresConfiguration
  private let announcements = InProcessCommitSignals()

  /// - Throws: `unavailable` if the URL cannot be read; the message names the wrong parameter. Connections are opened
  ///   when they are needed.
  public init(configuration: PostgresConfiguration, logger: Logger) throws(PostgresError) {
    self.configuration = configuration
    loop = try PostgresConnectionLoop(configuration, logger)
    loop.start()
  }

  deinit { _ = loop.post(.stop) }

  /// Runs until the service group shuts down; then it does not wait for callers.
  public func run() async throws {
    try? await gracefulShutdown()
    _ = loop.post(.stop)
  }

  public func close() { _ = loop.post(.stop) }

  /// Whether a pooler is in between; nil before the first query has finished.
  public var isPooled: Bool? { loop.route.isPooled }

  /// The use of the connections, a moment ago.
  public var use: PostgresPoolUse { loop.use }

  @discardableResult
  public func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult {
    configuration.observer?(query)
    return try await submit { token, completion in .once(query, token: token, completion) }
  }

  /// Runs the body between BEGIN and COMMIT. Repeats it after a serialization failure or a deadlock, seven times at
  /// most. An error of the body causes a rollback and is thrown unchanged.
  /// - Parameter settings: a script of `SET LOCAL`, sent together with BEGIN.
  public func transaction<T: Sendable>(
    isolation: PostgresIsolation = .readCommitted, settings: PostgresQuery? = nil,
    _ body: @Sendable (PostgresTransaction) async throws -> T
  ) async throws -> T {
    var attempt = 1
    while true {
      do {
        return try await transactionOnce(isolation, settings, body)
      } catch let error as PostgresError where error.isRetryable && attempt < 8 {
        // Transactions that collided must not collide again: each waits for a random part of a period that doubles each
        // time.
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 << attempt))))
        attempt += 1
      }
    }
  }

  /// The notifications of the channels, on a separate connection that reconnects by itself.
  public func listen(to channels: [String]) -> AsyncStream<PostgresNotification> {
    let id = Int(tokens.wrappingAdd(1, ordering: .relaxed).oldValue)
    let (stream, continuation) = AsyncStream.makeStream(
      of: PostgresNotification.self, bufferingPolicy: .bufferingNewest(1_000))
    let loop = loop
    continuation.onTermination = { _ in _ = loop.post(.unlisten(id)) }
    if !loop.post(.listen(PostgresListener(id: id, channels: channels, continuation: continuation))) {
      continuation.finish()
    }
    return stream
  }

  /// Gives a signal after each commit of this pool whose transaction announced the topic.
  public func commits(announcing topic: String) -> AsyncStream<Void> { announcements.listen(to: topic) }

  /// Gives the same signal for a write without a transaction.
  public func announce(_ topic: String) { announcements.announce([topic]) }

  // MARK: one transaction

  private func transactionOnce<T: Sendable>(
    _ isolation: PostgresIsolation, _ settings: PostgresQuery?,
    _ body: @Sendable (PostgresTransaction) async throws -> T
  ) async throws -> T {
    let transaction = PostgresTransaction(pool: self, connection: try await lease())
    defer { _ = loop.post(.giveBack(transaction.connection)) }
    try await transaction.query(begin(isolation, settings))
    do {
      let value = try await body(transaction)
      try await transaction.query("COMMIT")
      announcements.announce(transaction.announced)
      return value
    } catch {
      _ = try? await transaction.query("ROLLBACK")
      throw error
    }
  }

  /// Behind a transaction pooler the limit is set within the transaction, because a plain SET would stay for the next
  /// client.
  private func begin(_ isolation: PostgresIsolation, _ settings: PostgresQuery?) -> PostgresQuery {
    let limit =
      loop.route.limitsTransactions
      ? "; SET LOCAL statement_timeout = \(configuration.statementTimeout.milliseconds)" : ""
    let rest = settings.map { "; \($0.sql)" } ?? ""
    return PostgresQuery(script: "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(limit)\(rest)")
  }

  private func lease() async throws(PostgresError) -> Int {
    let token = nextToken()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Int, PostgresError>, Never>) in
        let accepted = loop.post(.lease(token: token) { continuation.resume(returning: $0) })
        if !accepted {
          continuation.resume(returning: .failure(PostgresError(.unavailable, message: "the pool is closed")))
        }
      }
    } onCancel: {
      _ = loop.post(.cancel(token: token))
    }
    return try result.get()
  }

  func run(_ query: PostgresQuery, on connection: Int) async throws(PostgresError) -> PostgresResult {
    configuration.observer?(query)
    return try await submit { token, completion in .on(connection, query, token: token, completion) }
  }

  private func nextToken() -> UInt64 { tokens.wrappingAdd(1, ordering: .relaxed).oldValue }

  private func submit(
    _ job: (UInt64, @escaping PostgresConnectionLoop.Completion) -> PostgresConnectionLoop.Job
  ) async throws(PostgresError) -> PostgresResult {
    let token = nextToken()
    let start = ContinuousClock.now
    defer { configuration.onDuration?(ContinuousClock.now - start) }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<PostgresResult, PostgresError>, Never>) in
        let accepted = loop.post(job(token) { continuation.resume(returning: $0) })
        if !accepted {
          continuation.resume(returning: .failure(PostgresError(.unavailable, message: "the pool is closed")))
        }
      }
    } onCancel: {
      _ = loop.post(.cancel(token: token))
    }
    return try result.get()
  }
}

/// A connection between BEGIN and COMMIT. It is valid only inside the body that received it.
public final class PostgresTransaction: PostgresStatementRunner {
  private let pool: PostgresPool
  let connection: Int
  private let topics = Mutex<Set<String>>([])

  init(pool: PostgresPool, connection: Int) {
    self.pool = pool
    self.connection = connection
  }

  @discardableResult
  public func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult {
    try await pool.run(query, on: connection)
  }

  /// Signals the listeners of this process, once, and only if this transaction commits.
  public func announce(_ topic: String) { topics.withLock { _ = $0.insert(topic) } }

  var announced: Set<String> { topics.withLock { $0 } }
}
