import CPQ
import Glibc

/// One connection, a state machine around libpq's non-blocking calls. Only the pool's thread touches it.
final class Connection {
  enum Phase {
    case connecting(PostgresPollingStatusType)
    case idle
    case preparing(Running)
    case executing(Running)
  }

  struct Running {
    let query: PostgresQuery
    let token: UInt64
    let deadline: ContinuousClock.Instant
    var result: PostgresResult?
    var error: PostgresError?
    let completion: @Sendable (Result<PostgresResult, PostgresError>) -> Void
  }

  let id: Int
  let handle: OpaquePointer
  let opened: ContinuousClock.Instant
  private(set) var phase: Phase
  private(set) var broken: PostgresError?
  /// A cancel request is on its way to the server, and nobody knows which statement it will meet: nothing new is begun.
  var isRetired: Bool { retireBy != nil }
  private var retireBy: ContinuousClock.Instant?
  private var wantsWrite = false
  private var prepared: [String: String] = [:]
  private let usesPrepared: Bool
  private let connectDeadline: ContinuousClock.Instant

  init(id: Int, handle: OpaquePointer, usesPrepared: Bool, now: ContinuousClock.Instant, connectTimeout: Duration) {
    self.id = id
    self.handle = handle
    self.usesPrepared = usesPrepared
    opened = now
    connectDeadline = now + connectTimeout
    phase = .connecting(PGRES_POLLING_WRITING)
    if PQstatus(handle) == CONNECTION_BAD { fail(message()) }
  }

  deinit { PQfinish(handle) }

  var isConnecting: Bool { if case .connecting = phase { true } else { false } }
  var isIdle: Bool { if case .idle = phase { broken == nil } else { false } }
  var running: Running? {
    switch phase {
    case .preparing(let running), .executing(let running): running
    default: nil
    }
  }
  var inTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

  var deadline: ContinuousClock.Instant? {
    isConnecting ? connectDeadline : running.map { min($0.deadline, retireBy ?? $0.deadline) }
  }

  /// The running statement is being cancelled. A request that the server does not heed ends with the connection.
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

  // MARK: what the thread calls

  func start(_ running: Running) {
    if usesPrepared, !running.query.parameters.isEmpty {
      if let name = prepared[running.query.sql] { return execute(running, prepared: name) }
      return prepare(running)
    }
    execute(running, prepared: nil)
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
      phase = .idle
    case PGRES_POLLING_FAILED: fail(message())
    default: phase = .connecting(status)
    }
  }

  private func prepare(_ running: Running) {
    // One connection keeps no more plans than a service has statements; a flood of texts would be a defect.
    let name = prepared.count < 500 ? "s\(prepared.count)" : ""
    if !name.isEmpty { prepared[running.query.sql] = name }
    guard !name.isEmpty else { return execute(running, prepared: nil) }
    let types = running.query.parameters.map(\.type)
    guard PQsendPrepare(handle, name, running.query.sql, Int32(types.count), types) == 1 else { return fail(message()) }
    phase = .preparing(running)
    flush()
  }

  private func execute(_ running: Running, prepared name: String?) {
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
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: running.result = ResultReader.read(result)
    default: running.error = running.error ?? ResultReader.error(result)
    }
    if case .preparing = phase { phase = .preparing(running) } else { phase = .executing(running) }
  }

  private func finishStep() {
    switch phase {
    case .preparing(let running):
      if let error = running.error {
        prepared[running.query.sql] = nil
        complete(running, .failure(error))
      } else {
        execute(running, prepared: prepared[running.query.sql])
      }
    case .executing(let running):
      complete(
        running,
        running.error.map { .failure($0) } ?? .success(running.result ?? PostgresResult(rows: [], affectedRows: 0)))
    default: break
    }
  }

  private func complete(_ running: Running, _ result: Result<PostgresResult, PostgresError>) {
    phase = .idle
    running.completion(result)
    if isRetired { fail("a statement was cancelled") }
  }
}

extension String {
  fileprivate func trimmingLines() -> String {
    split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }
}
