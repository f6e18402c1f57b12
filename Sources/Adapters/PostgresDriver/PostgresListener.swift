import CPQ

/// A connection that only listens. It reconnects by itself and reports that, because notifications sent in between are
/// lost.
///
/// `@unchecked` is sound: the constants are Sendable, and only the thread of the `PostgresConnectionLoop` uses the
/// variables. The initializer sets them before the listener is posted to the loop, through a mutex.
final class PostgresListener: @unchecked Sendable {
  let id: Int
  private let channels: [String]
  private let continuation: AsyncStream<PostgresNotification>.Continuation
  private(set) var connection: PostgresConnection?
  private var listening = false
  private var retryAt: ContinuousClock.Instant?
  private var failures = 0
  /// The index of the name's address to try first.
  private var turn = 0

  init(id: Int, channels: [String], continuation: AsyncStream<PostgresNotification>.Continuation) {
    self.id = id
    self.channels = channels
    self.continuation = continuation
  }

  func finish() {
    connection = nil
    continuation.finish()
  }

  func advance(_ now: ContinuousClock.Instant, _ settings: PostgresConnectionParameters, _ route: PostgresPoolerState) {
    if let connection, connection.broken != nil || (connection.deadline.map { $0 <= now } ?? false) { lose(now) }
    guard let connection else { return connect(now, settings, route) }
    if connection.isIdle, !listening { begin(connection, now) }
    for notification in connection.notifications() { continuation.yield(notification) }
  }

  private func connect(
    _ now: ContinuousClock.Instant, _ settings: PostgresConnectionParameters, _ route: PostgresPoolerState
  ) {
    if let retryAt, retryAt > now { return }
    switch settings.start(turn: turn, now) {
    case .started(let handle):
      connection = PostgresConnection(
        id: -id, handle: handle, route: route, prepares: false, statementTimeout: .seconds(5), now: now,
        connectTimeout: .seconds(5))
    case .waiting: break
    case .failed: lose(now)
    }
  }

  private func lose(_ now: ContinuousClock.Instant) {
    connection = nil
    listening = false
    failures += 1
    turn += 1
    retryAt = now + min(.milliseconds(100) * (1 << min(failures, 5)), .seconds(2))
  }

  private func begin(_ connection: PostgresConnection, _ now: ContinuousClock.Instant) {
    listening = true
    let sql = channels.map { "LISTEN \"\($0.replacing("\"", with: ""))\"" }.joined(separator: "; ")
    let continuation = continuation
    let hello = PostgresConnection.Running(query: PostgresQuery(script: sql), token: 0, deadline: now + .seconds(5)) {
      result in
      if case .success = result { continuation.yield(.listening) }
    }
    failures = 0
    connection.start(hello)
  }
}
