import CPQ
import Glibc

/// One connection, a state machine around libpq's non-blocking calls. Only the pool's thread uses it.
final class PostgresConnection {
  enum Phase {
    case connecting(PostgresPollingStatusType)
    /// The first query is in progress.
    case greeting(Running)
    case idle
    case preparing(Running)
    case executing(Running)
  }

  struct Running {
    let query: PostgresQuery
    let token: UInt64
    let deadline: ContinuousClock.Instant
    /// The prepared statement that it runs as.
    var statement: PreparedStatementKey?
    var result: PostgresResult?
    var error: PostgresError?
    let completion: @Sendable (Result<PostgresResult, PostgresError>) -> Void
  }

  let id: Int
  let handle: OpaquePointer
  let opened: ContinuousClock.Instant
  private(set) var phase: Phase
  private(set) var broken: PostgresError?
  /// A cancel request is on its way to the server, and it could hit any later statement: so none is started.
  var isRetired: Bool { retireBy != nil }
  private var retireBy: ContinuousClock.Instant?
  private var wantsWrite = false
  private var prepared: [PreparedStatementKey: String] = [:]
  private let prepares: Bool
  private let route: PostgresPoolerState
  private let statementTimeout: Duration
  private let connectDeadline: ContinuousClock.Instant

  /// - Parameter prepares: whether statements are prepared, if the route allows it.
  init(
    id: Int, handle: OpaquePointer, route: PostgresPoolerState, prepares: Bool = true, statementTimeout: Duration,
    now: ContinuousClock.Instant, connectTimeout: Duration
  ) {
    self.id = id
    self.handle = handle
    self.route = route
    self.prepares = prepares
    self.statementTimeout = statementTimeout
    opened = now
    connectDeadline = now + connectTimeout
    phase = .connecting(PGRES_POLLING_WRITING)
    if PQstatus(handle) == CONNECTION_BAD { fail(message()) }
  }

  deinit { PQfinish(handle) }

  var isConnecting: Bool {
    switch phase {
    case .connecting, .greeting: true
    default: false
    }
  }
  var isIdle: Bool { if case .idle = phase { broken == nil } else { false } }
  var running: Running? {
    switch phase {
    case .preparing(let running), .executing(let running), .greeting(let running): running
    default: nil
    }
  }
  var inTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

  var deadline: ContinuousClock.Instant? {
    isConnecting ? connectDeadline : running.map { min($0.deadline, retireBy ?? $0.deadline) }
  }

  /// The running statement is being cancelled. If the server does not react in time, the connection is closed.
  func retire(by moment: ContinuousClock.Instant) { retireBy = moment }

  var pollEvents: Int16 {
    switch phase {
    case .connecting(let status): Int16(status == PGRES_POLLING_READING ? POLLIN : POLLOUT)
    default: Int16(wantsWrite ? POLLIN | POLLOUT : POLLIN)
    }
  }

  func fail(_ text: String, kind: PostgresError.Kind = .unavailable) {
    guard broken == nil else { return }
    broken = PostgresError(kind, message: text)
  }

  private func message() -> String { String(cString: PQerrorMessage(handle)).trimmingLines() }

  // MARK: called by the loop's thread

  func start(_ running: Running) {
    guard prepares, !running.query.parameters.isEmpty, route.preparesStatements else { return execute(running) }
    var running = running
    let statement = PreparedStatementKey(running.query)
    if prepared[statement] != nil {
      running.statement = statement
      return execute(running)
    }
    // A service has far fewer statements than this. If the limit is reached, statement texts vary by mistake, and
    // further ones are not prepared.
    guard prepared.count < 500 else { return execute(running) }
    running.statement = statement
    prepare(running, statement)
  }

  func ready(_ now: ContinuousClock.Instant) {
    if case .connecting = phase { return connectFurther() }
    guard PQconsumeInput(handle) == 1 else { return fail(message()) }
    if wantsWrite { flush() }
    readResults()
  }

  func notifications() -> [PostgresNotification] {
    var found: [PostgresNotification] = []
    while let notify = PQnotifies(handle) {
      found.append(
        .message(channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra)))
      PQfreemem(notify)
    }
    return found
  }

  // MARK: steps

  private func connectFurther() {
    let status = PQconnectPoll(handle)
    switch status {
    case PGRES_POLLING_OK:
      PQsetnonblocking(handle, 1)
      greet()
    case PGRES_POLLING_FAILED: fail(message())
    default: phase = .connecting(status)
    }
  }

  private func greet() {
    let query = PostgresSetupQuery.query(
      process: PQbackendPID(handle), ownsSession: route.ownsSession, statementTimeout: statementTimeout)
    phase = .greeting(Running(query: query, token: 0, deadline: connectDeadline) { _ in })
    guard PQsendQuery(handle, query.sql) == 1 else { return fail(message()) }
    flush()
  }

  private func greeted(_ running: Running) {
    do {
      if let error = running.error { throw error }
      guard let result = running.result else { throw PostgresError(.unavailable, message: "the server said nothing") }
      let (isPooled, limit) = try PostgresSetupQuery.read(result)
      route.note(isPooled: isPooled, limit: limit)
      phase = .idle
    } catch {
      fail("the first query was refused: \((error as? PostgresError)?.message ?? "")")
    }
  }

  private func prepare(_ running: Running, _ statement: PreparedStatementKey) {
    let name = statement.name
    prepared[statement] = name
    let types = statement.types
    phase = .preparing(running)
    guard PQsendPrepare(handle, name, statement.sql, Int32(types.count), types) == 1 else { return fail(message()) }
    flush()
  }

  private func execute(_ running: Running) {
    let name = running.statement.flatMap { prepared[$0] }
    let parameters = running.query.parameters
    let texts = parameters.map { $0.text.map { strdup($0) } ?? nil }
    defer { texts.forEach { free($0) } }
    let values = texts.map { $0.map { UnsafePointer($0) } }
    let count = Int32(parameters.count)
    let sent =
      if let name {
        PQsendQueryPrepared(handle, name, count, values, nil, nil, 0)
      } else if parameters.isEmpty {
        PQsendQuery(handle, running.query.sql)
      } else {
        PQsendQueryParams(handle, running.query.sql, count, parameters.map(\.type), values, nil, nil, 0)
      }
    phase = .executing(running)
    guard sent == 1 else { return fail(message()) }
    flush()
  }

  private func flush() {
    switch PQflush(handle) {
    case 0: wantsWrite = false
    case 1: wantsWrite = true
    default: fail(message())
    }
  }

  private func readResults() {
    while broken == nil, running != nil, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else { return finishStep() }
      take(result)
      PQclear(result)
    }
    if PQstatus(handle) == CONNECTION_BAD { fail(message()) }
  }

  private func take(_ result: OpaquePointer) {
    guard var running else { return }
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: running.result = PostgresResultReader.read(result)
    default: running.error = running.error ?? PostgresResultReader.error(result)
    }
    switch phase {
    case .greeting: phase = .greeting(running)
    case .preparing: phase = .preparing(running)
    default: phase = .executing(running)
    }
  }

  private func finishStep() {
    switch phase {
    case .greeting(let running): greeted(running)
    case .preparing(let running):
      if running.error != nil { retreat(running) } else { execute(running) }
    case .executing(let running) where running.error?.isLostStatement == true: retreat(running)
    case .executing(let running):
      complete(
        running,
        running.error.map { .failure($0) } ?? .success(running.result ?? PostgresResult(rows: [], affectedRows: 0)))
    default: break
    }
  }

  /// A statement could not be prepared, or the prepared statement was missing. Outside a transaction nothing has run
  /// yet, so the statement may run unprepared. Inside a transaction the transaction is lost, and may be tried again.
  private func retreat(_ running: Running) {
    if let statement = running.statement { prepared[statement] = nil }
    guard let error = running.error, error.isLostStatement else {
      return complete(running, .failure(running.error ?? PostgresError(.unavailable)))
    }
    route.noteLostStatement()
    prepared = [:]
    guard PQtransactionStatus(handle) == PQTRANS_IDLE else { return complete(running, .failure(error)) }
    execute(
      Running(query: running.query, token: running.token, deadline: running.deadline, completion: running.completion))
  }

  private func complete(_ running: Running, _ result: Result<PostgresResult, PostgresError>) {
    phase = .idle
    running.completion(result)
    if isRetired { fail("a statement was cancelled") }
  }
}

extension String {
  /// The message in one line; libpq writes a line for each address that it tried.
  fileprivate func trimmingLines() -> String {
    split(whereSeparator: \.isNewline).prefix(4).map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: "; ")
  }
}
