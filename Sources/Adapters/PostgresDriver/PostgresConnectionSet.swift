import CPQ
import Glibc
import Logging

/// The connections of a pool, the callers that wait for one, and the callers that hold one. Only the pool's thread uses
/// it.
struct PostgresConnectionSet {
  private struct Waiter {
    let job: PostgresConnectionLoop.Job
    let token: UInt64
    let until: ContinuousClock.Instant
  }

  private let configuration: PostgresConfiguration
  private let settings: PostgresConnectionParameters
  private let route: PostgresPoolerState
  private let logger: Logger
  private var connections: [Int: PostgresConnection] = [:]
  private var leased: Set<Int> = []
  private var waiters: [Waiter] = []
  private var nextID = 0
  private var failures = 0
  private var retryAt: ContinuousClock.Instant?
  private var lastError = PostgresError(.unavailable)
  /// The index of the server's address that the next connection tries first.
  private var turn = 0

  /// The limit of simultaneous connection attempts, so that a restart of Postgres does not cause a stampede: one
  /// attempt costs the server 20 ms of CPU.
  private static let connectingAtOnce = 2
  /// After this time another connection attempt starts in parallel, to the next address.
  private static let connectPatience = Duration.seconds(1)
  /// How long the client waits after the server's own statement timeout before it closes the connection.
  private static let patience = Duration.seconds(2)

  init(
    _ configuration: PostgresConfiguration, _ settings: PostgresConnectionParameters, _ route: PostgresPoolerState,
    _ logger: Logger
  ) {
    self.configuration = configuration
    self.settings = settings
    self.route = route
    self.logger = logger
  }

  var all: [PostgresConnection] { Array(connections.values) }

  var use: PostgresPoolUse {
    PostgresPoolUse(
      open: connections.values.count { !$0.isConnecting },
      inUse: connections.values.count { !$0.isConnecting && (!$0.isIdle || leased.contains($0.id)) },
      waiting: waiters.count)
  }

  var nextDeadline: ContinuousClock.Instant? {
    (connections.values.compactMap(\.deadline) + waiters.map(\.until) + [retryAt].compactMap { $0 }).min()
  }

  mutating func take(_ job: PostgresConnectionLoop.Job, _ now: ContinuousClock.Instant) {
    switch job {
    case .once(_, let token, _), .lease(let token, _):
      guard waiters.count < configuration.maximumWaiters else { return Self.refuse(job, PostgresError(.poolExhausted)) }
      waiters.append(Waiter(job: job, token: token, until: now + configuration.acquireTimeout))
    case .on(let id, let query, let token, let completion):
      guard let connection = connections[id], connection.broken == nil else {
        return completion(.failure(PostgresError(.unavailable, message: "the connection was lost")))
      }
      connection.start(running(query, token, now, completion))
    case .giveBack(let id): giveBack(id)
    case .cancel(let token): cancel(token)
    default: break
    }
  }

  mutating func advance(_ now: ContinuousClock.Instant) {
    expire(now)
    removeBroken(now)
    serve(now)
    open(now)
    refuseWaiters(now)
  }

  mutating func close() {
    for waiter in waiters { Self.refuse(waiter.job, PostgresError(.unavailable, message: "the pool is closed")) }
    for connection in connections.values { Self.abort(connection, PostgresError(.unavailable)) }
    waiters = []
    connections = [:]
  }

  // MARK: steps

  private func running(
    _ query: PostgresQuery, _ token: UInt64, _ now: ContinuousClock.Instant,
    _ completion: @escaping PostgresConnectionLoop.Completion
  ) -> PostgresConnection.Running {
    PostgresConnection.Running(
      query: query, token: token, deadline: now + configuration.statementTimeout + Self.patience, completion: completion
    )
  }

  private mutating func giveBack(_ id: Int) {
    leased.remove(id)
    // A transaction that was neither committed nor rolled back ends with its connection.
    if let connection = connections[id], connection.inTransaction || connection.running != nil {
      connection.fail("given back in the middle of a transaction")
    }
  }

  private mutating func cancel(_ token: UInt64) {
    if let index = waiters.firstIndex(where: { $0.token == token }) {
      return Self.refuse(waiters.remove(at: index).job, PostgresError(.cancelled))
    }
    guard let connection = connections.values.first(where: { $0.running?.token == token }),
      let request = PQgetCancel(connection.handle)
    else { return }
    connection.retire(by: ContinuousClock.now + Self.patience)
    PostgresQueryCancellation.send(request)
  }

  private mutating func expire(_ now: ContinuousClock.Instant) {
    for connection in connections.values where connection.deadline.map({ $0 <= now }) == true {
      let kind: PostgresError.Kind = connection.isRetired ? .cancelled : .timeout
      if connection.isConnecting {
        turn += 1
      } else if !connection.isRetired, let request = PQgetCancel(connection.handle) {
        // A server that does not notice the closed connection would continue the statement.
        PostgresQueryCancellation.send(request)
      }
      connection.fail("no answer in time", kind: connection.isConnecting ? .unavailable : kind)
    }
    for (id, connection) in connections where connection.isIdle && !leased.contains(id) {
      if connection.opened + configuration.maximumLifetime <= now { connection.fail("old") }
    }
  }

  private mutating func removeBroken(_ now: ContinuousClock.Instant) {
    for (id, connection) in connections {
      if !connection.isConnecting, connection.broken == nil, failures > 0 {
        failures = 0
        logger.info("postgres is back")
      }
      guard let error = connection.broken else { continue }
      if connection.isConnecting { noteFailure(error, now) }
      connections[id] = nil
      Self.abort(connection, error)
    }
  }

  private mutating func noteFailure(_ error: PostgresError, _ now: ContinuousClock.Instant) {
    failures += 1
    lastError = error
    let wait = min(Duration.milliseconds(50) * (1 << min(failures, 6)), .seconds(2))
    retryAt = now + wait * Double.random(in: 0.5...1)
    if failures == 1 { logger.warning("postgres cannot be reached", metadata: ["error": "\(error.message)"]) }
  }

  private mutating func serve(_ now: ContinuousClock.Instant) {
    var free = connections.filter { $0.value.isIdle && !leased.contains($0.key) }.map(\.value)
    while !waiters.isEmpty, let connection = free.popLast() {
      switch waiters.removeFirst().job {
      case .once(let query, let token, let completion): connection.start(running(query, token, now, completion))
      case .lease(_, let completion):
        leased.insert(connection.id)
        completion(.success(connection.id))
      default: break
      }
    }
  }

  private mutating func open(_ now: ContinuousClock.Instant) {
    if let retryAt, retryAt > now { return }
    retryAt = nil
    let connecting = connections.values.filter(\.isConnecting)
    // An attempt to an address that does not respond must not delay the attempt to the next one.
    let hopeful = connecting.count { now - $0.opened < Self.connectPatience }
    let wanted = min(
      waiters.count - hopeful, Self.connectingAtOnce - hopeful, 2 * Self.connectingAtOnce - connecting.count)
    if wanted > 0, connecting.count > hopeful { turn += 1 }
    for _ in 0..<max(0, wanted) where connections.count < configuration.maximumConnections {
      switch settings.start(turn: turn, now) {
      case .waiting: return
      case .failed(let error): return noteFailure(error, now)
      case .started(let handle):
        nextID += 1
        connections[nextID] = PostgresConnection(
          id: nextID, handle: handle, route: route, statementTimeout: configuration.statementTimeout, now: now,
          connectTimeout: configuration.connectTimeout)
      }
    }
  }

  /// While Postgres cannot be reached, waiting callers fail at once with the known error.
  private mutating func refuseWaiters(_ now: ContinuousClock.Instant) {
    let away = failures > 0 && connections.values.allSatisfy { $0.broken != nil }
    let (over, waiting) = (waiters.filter { away || $0.until <= now }, waiters.filter { !away && $0.until > now })
    waiters = waiting
    for waiter in over { Self.refuse(waiter.job, away ? lastError : PostgresError(.poolExhausted)) }
  }

  private static func refuse(_ job: PostgresConnectionLoop.Job, _ error: PostgresError) {
    switch job {
    case .once(_, _, let completion), .on(_, _, _, let completion): completion(.failure(error))
    case .lease(_, let completion): completion(.failure(error))
    default: break
    }
  }

  private static func abort(_ connection: PostgresConnection, _ error: PostgresError) {
    connection.running?.completion(.failure(error))
  }
}
