import CPQ
import Glibc
import Logging
import OpenSSLSetup
import Synchronization

/// The thread that owns all connections of a pool. It polls their descriptors and a wake-up descriptor; no other thread
/// uses a connection.
///
/// `@unchecked` is sound: mutexes guard the mailbox and the use, and `wakeUp`, `route` and `settings` are constants. The
/// initializer sets the other properties before `start` makes the thread, and only that thread uses them afterwards.
final class PostgresConnectionLoop: @unchecked Sendable {
  typealias Completion = @Sendable (Result<PostgresResult, PostgresError>) -> Void

  enum Job: Sendable {
    /// Runs on any free connection.
    case once(PostgresQuery, token: UInt64, Completion)
    /// Borrows a connection until `giveBack`; the result is its number.
    case lease(token: UInt64, @Sendable (Result<Int, PostgresError>) -> Void)
    case on(Int, PostgresQuery, token: UInt64, Completion)
    case giveBack(Int)
    case cancel(token: UInt64)
    case listen(PostgresListener)
    case unlisten(Int)
    case stop
  }

  let route: PostgresPoolerState
  private let settings: PostgresConnectionParameters
  private let wakeUp: PollWakeUpDescriptor
  private let mailbox = Mutex<(jobs: [Job], closed: Bool)>(([], false))
  private let lastUse = Mutex(PostgresPoolUse())

  private var pool: PostgresConnectionSet
  private var listeners: [Int: PostgresListener] = [:]
  private var stopping = false

  init(_ configuration: PostgresConfiguration, _ logger: Logger) throws(PostgresError) {
    if !OpenSSLSetup.withoutCleanupAtExit { logger.warning("OpenSSL frees its state at exit") }
    let address = try DatabaseAddress(configuration.url)
    if !address.passedOver.isEmpty {
      logger.info("words of the database address are passed over", metadata: ["words": "\(address.passedOver)"])
    }
    let wakeUp = PollWakeUpDescriptor()
    self.wakeUp = wakeUp
    route = PostgresPoolerState(
      asked: configuration.preparedStatements ?? (address.namesPooler ? false : nil),
      statementTimeout: configuration.statementTimeout, logger: logger)
    settings = PostgresConnectionParameters(address, configuration, NameResolver { wakeUp.signal() })
    pool = PostgresConnectionSet(configuration, settings, route, logger)
  }

  /// The use of the connections when the thread last looked at them.
  var use: PostgresPoolUse { lastUse.withLock { $0 } }

  /// False after `stop`: the job will not run.
  func post(_ job: Job) -> Bool {
    let accepted = mailbox.withLock { mailbox in
      guard !mailbox.closed else { return false }
      mailbox.jobs.append(job)
      return true
    }
    if accepted { wakeUp.signal() }
    return accepted
  }

  func start() {
    let thread = Unmanaged.passRetained(self)
    var handle = pthread_t()
    let failed = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<PostgresConnectionLoop>.fromOpaque(argument).takeRetainedValue().loop()
        return nil
      }, thread.toOpaque())
    if failed != 0 { thread.release() } else { pthread_detach(handle) }
  }

  private func loop() {
    while !stopping {
      drain()
      let now = ContinuousClock.now
      pool.advance(now)
      let use = pool.use
      lastUse.withLock { $0 = use }
      for listener in listeners.values { listener.advance(now, settings, route) }
      wait(now)
    }
    let jobs = mailbox.withLock { mailbox in
      mailbox.closed = true
      return mailbox.jobs
    }
    for job in jobs { job.refuse() }
    pool.close()
    lastUse.withLock { $0 = PostgresPoolUse() }
    for listener in listeners.values { listener.finish() }
  }

  private func drain() {
    let jobs = mailbox.withLock { mailbox in
      defer { mailbox.jobs.removeAll(keepingCapacity: true) }
      return mailbox.jobs
    }
    for job in jobs {
      switch job {
      case .listen(let listener): listeners[listener.id] = listener
      case .unlisten(let id): listeners.removeValue(forKey: id)?.finish()
      case .stop: stopping = true
      default: pool.take(job, ContinuousClock.now)
      }
    }
  }

  private func wait(_ now: ContinuousClock.Instant) {
    let connections = pool.all + listeners.values.compactMap(\.connection)
    var descriptors = [pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)]
    descriptors += connections.map { pollfd(fd: PQsocket($0.handle), events: $0.pollEvents, revents: 0) }
    let next = min(pool.nextDeadline ?? now + .seconds(1), now + .milliseconds(500))
    poll(&descriptors, nfds_t(descriptors.count), Int32(max(0, (next - now).milliseconds + 1)))
    if descriptors[0].revents != 0 { wakeUp.clear() }
    let after = ContinuousClock.now
    for (descriptor, connection) in zip(descriptors.dropFirst(), connections) where descriptor.revents != 0 {
      connection.ready(after)
    }
  }
}

extension PostgresConnectionLoop.Job {
  func refuse() {
    let error = PostgresError(.unavailable, message: "the pool is closed")
    switch self {
    case .once(_, _, let completion), .on(_, _, _, let completion): completion(.failure(error))
    case .lease(_, let completion): completion(.failure(error))
    case .listen(let listener): listener.finish()
    default: break
    }
  }
}
