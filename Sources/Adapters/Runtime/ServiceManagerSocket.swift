#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The socket on which a service manager such as systemd takes the state of a service, one datagram a report. The format
/// is that of sd_notify(3).
public struct ServiceManagerSocket: Sendable {
  /// What became of a datagram.
  enum Outcome: Equatable {
    case sent
    /// The manager has not read the earlier ones yet.
    case full
    /// The error number of the system.
    case failed(Int32)
  }

  /// The bytes of `sun_path`: a path with its closing zero, or an abstract name after a zero.
  private let name: [UInt8]

  /// - Parameter text: the value of NOTIFY_SOCKET: an absolute path, or `@` and an abstract name.
  /// - Returns: nil if it is neither, or too long for an address.
  public init?(_ text: String) {
    var bytes = Array(text.utf8)
    guard bytes.count > 1, !bytes.contains(0) else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "/"): bytes.append(0)
    case UInt8(ascii: "@"): bytes[0] = 0
    default: return nil
    }
    guard bytes.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
    name = bytes
  }

  /// Sends a report such as `READY=1`. Returns at once, also if the manager does not read. Each report has a socket of
  /// its own, so a manager that was started anew gets the next one.
  @discardableResult
  func send(_ report: String) -> Outcome {
    #if canImport(Glibc)
      let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    #else
      let kind = SOCK_DGRAM
    #endif
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return .failed(errno) }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let head = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
    let length = socklen_t(head + name.count)
    let report = Array(report.utf8)
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, report, report.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), $0, length)
      }
    }
    if sent >= 0 { return .sent }
    return errno == EAGAIN || errno == ENOBUFS ? .full : .failed(errno)
  }
}
