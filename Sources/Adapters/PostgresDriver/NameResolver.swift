import CPQ
import Glibc
import Synchronization

/// Looks up names, each on its own thread, so that a slow name server does not delay any query. The last known
/// addresses of a name are kept, and used if a new lookup fails.
final class NameResolver: Sendable {
  enum Answer: Equatable {
    case found([String])
    /// The lookup is in progress; `wake` is called when it has ended.
    case pending
    case failed
  }

  private struct Entry {
    var kept: [String] = []
    var begun: ContinuousClock.Instant?
    var answered: (at: ContinuousClock.Instant, found: Bool)?
  }

  /// When several connections are opened one after the other, only the first causes a lookup.
  private static let freshness = Duration.seconds(5)
  private static let pauseAfterFailure = Duration.milliseconds(500)
  /// After this time a kept address is used instead of waiting for the lookup.
  private static let patience = Duration.seconds(1)
  private static let longest = Duration.seconds(5)

  private let entries = Mutex<[String: Entry]>([:])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// Never waits.
  func look(up name: String, _ now: ContinuousClock.Instant) -> Answer {
    if let literal = Self.addresses(of: name, numeric: true) { return .found(literal) }
    let (answer, begins) = entries.withLock { entries in
      var entry = entries[name] ?? Entry()
      defer { entries[name] = entry }
      if let answered = entry.answered,
        now - answered.at < (answered.found ? Self.freshness : Self.pauseAfterFailure)
      {
        return (entry.kept.isEmpty ? Answer.failed : .found(entry.kept), false)
      }
      guard let begun = entry.begun else {
        entry.begun = now
        return (.pending, true)
      }
      if now - begun < Self.patience { return (.pending, false) }
      if !entry.kept.isEmpty { return (.found(entry.kept), false) }
      return (now - begun < Self.longest ? .pending : .failed, false)
    }
    if begins { begin(name) }
    return answer
  }

  private func begin(_ name: String) {
    final class Job {
      let resolver: NameResolver
      let name: String
      init(_ resolver: NameResolver, _ name: String) { (self.resolver, self.name) = (resolver, name) }
    }
    let job = Unmanaged.passRetained(Job(self, name))
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
        job.resolver.end(job.name, NameResolver.addresses(of: job.name))
        return nil
      }, job.toOpaque())
    guard failed == 0 else {
      job.release()
      return end(name, nil)
    }
    pthread_detach(thread)
  }

  private func end(_ name: String, _ addresses: [String]?) {
    entries.withLock { entries in
      var entry = entries[name] ?? Entry()
      entry.begun = nil
      entry.answered = (.now, addresses != nil)
      if let addresses { entry.kept = addresses }
      entries[name] = entry
    }
    wake()
  }

  /// All addresses of a name, in the order of preference; nil if there is none. This call blocks, except for a numeric
  /// address.
  private static func addresses(of name: String, numeric: Bool = false) -> [String]? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    if numeric { hints.ai_flags = AI_NUMERICHOST }
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    var texts: [String] = []
    for entry in sequence(first: found, next: { $0.pointee.ai_next }) {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let result = getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard result == 0 else { continue }
      let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if !texts.contains(address) { texts.append(address) }
    }
    return texts.isEmpty ? nil : texts
  }
}

/// A descriptor that ends a `poll`. Every writer holds a reference, so the descriptor's number cannot be reused for
/// another file meanwhile.
final class PollWakeUpDescriptor: Sendable {
  let descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))

  deinit { close(descriptor) }

  func signal() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
