#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the service manager sets for a unit with Type=notify.
public struct ServiceManagerSettings: Sendable {
  /// Where the state of the service is reported; nil if nobody wants to know it.
  public let socket: ServiceManagerSocket?
  /// The time within which the manager's watchdog wants a sign of life; nil if it wants none.
  public let watchdog: Duration?

  private static let day: Int64 = 86_400_000_000

  /// A value that cannot be understood counts as not set: no service fails because of its manager.
  public init(_ reader: SettingsReader) {
    socket = reader.optional("NOTIFY_SOCKET").flatMap { ServiceManagerSocket($0) }
    let span = reader.optional("WATCHDOG_USEC").flatMap { Int64($0) }
    // The watchdog is for the process that the manager started, not for those that inherit its environment.
    let isOurs = reader.optional("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
    watchdog = isOurs ? span.flatMap { (1...Self.day).contains($0) ? .microseconds($0) : nil } : nil
  }
}
