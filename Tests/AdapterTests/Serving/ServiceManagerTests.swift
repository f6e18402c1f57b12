import Configuration
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestInfrastructure
import Testing

@testable import Runtime

/// A service manager's side: a bound datagram socket.
private final class Manager: Sendable {
  let name: String
  private let descriptor: Int32

  /// - Parameter name: a path, or `@` and an abstract name.
  init(_ name: String) throws {
    self.name = name
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    try #require(bound == 0, "\(String(cString: strerror(errno)))")
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") { unlink(name) }
  }

  static func path() -> String { "/tmp/talktime-\(UInt64.random(in: 0 ... .max)).sock" }

  /// The next report; nil if there is none.
  func read() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  func next() async throws -> String { try #require(await eventually { read() }, "there is no report") }
}

private final class Missing: Sendable {
  private let names: Mutex<[String]>
  init(_ names: [String]) { self.names = Mutex(names) }
  func set(_ new: [String]) { names.withLock { $0 = new } }
  var value: [String] { names.withLock { $0 } }
}

@Suite("Reports to the service manager", .timeLimit(.minutes(1)))
struct ServiceManagerTests {
  private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

  private func running(_ report: ServiceManagerReport, until body: () async throws -> Void) async throws {
    let task = Task { try await report.run() }
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    task.cancel()
    try await task.value
    try result.get()
  }

  private func socket(_ manager: Manager) throws -> ServiceManagerSocket {
    try #require(ServiceManagerSocket(manager.name))
  }

  @Test(
    "a service is ready when nothing is missing any more, and says until then what is",
    arguments: [Manager.path(), "@talktime-\(UInt64.random(in: 0 ... .max))"])
  func ready(_ name: String) async throws {
    let (manager, missing) = (try Manager(name), Missing(["keys", "redis"]))
    let report = ServiceManagerReport(
      to: try socket(manager), watchdog: nil, every: .milliseconds(5), loops: [], logger: logger
    ) { missing.value }
    try await running(report) {
      let told = try await manager.next()
      #expect(told == "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=waiting for keys, redis")
      missing.set([])
      let ready = await eventually { () -> String? in
        while let text = manager.read() { if text.hasPrefix("READY=1") { return text } }
        return nil
      }
      #expect(ready == "READY=1\nSTATUS=serving")
    }
    #expect(manager.read() == nil)
  }

  @Test("signs of life come while the loops run")
  func watchdog() async throws {
    let (manager, group) = (try Manager(Manager.path()), MultiThreadedEventLoopGroup(numberOfThreads: 2))
    let report = ServiceManagerReport(
      to: try socket(manager), watchdog: .milliseconds(20), every: .milliseconds(5),
      loops: Array(group.makeIterator()), logger: logger
    ) { [] }
    try await running(report) {
      var told: [String] = []
      while told.count(where: { $0 == "WATCHDOG=1" }) < 3 { told.append(try await manager.next()) }
      let others = Set(told).subtracting(["WATCHDOG=1", "READY=1\nSTATUS=serving"])
      #expect(others.isEmpty)
    }
    try await group.shutdownGracefully()
  }

  @Test("a loop that does not come by is missed until it does")
  func probe() async throws {
    let (group, held) = (MultiThreadedEventLoopGroup(numberOfThreads: 2), DispatchSemaphore(value: 0))
    let loops = Array(group.makeIterator())
    loops[0].execute { held.wait() }
    let probe = EventLoopProbe(loops)
    #expect(probe.allAnswered())
    try await loops[1].submit {}.get()
    #expect(!probe.allAnswered())
    held.signal()
    let answered = await eventually { probe.allAnswered() ? true : nil }
    #expect(answered == true)
    try await group.shutdownGracefully()
  }

  @Test("a manager that does not read holds nobody up, and hears of the readiness later")
  func full() async throws {
    let manager = try Manager(Manager.path())
    let socket = try socket(manager)
    var count = 0
    while socket.send("WATCHDOG=1") == .sent, count < 100_000 { count += 1 }
    #expect(count < 100_000)
    #expect(socket.send("WATCHDOG=1") == .full)
    let looks = Atomic<Int>(0)
    let report = ServiceManagerReport(to: socket, watchdog: nil, every: .milliseconds(5), loops: [], logger: logger) {
      looks.add(1, ordering: .relaxed)
      return []
    }
    try await running(report) {
      let tried = await eventually { looks.load(ordering: .relaxed) >= 3 ? true : nil }
      #expect(tried == true)
      let ready = await eventually { () -> Bool? in
        while let text = manager.read() { if text.hasPrefix("READY=1") { return true } }
        return nil
      }
      #expect(ready == true)
    }
  }

  @Test("a manager that is gone changes nothing, and one that comes back is told")
  func gone() async throws {
    let name = Manager.path()
    let socket = try #require(ServiceManagerSocket(name))
    #expect(socket.send("READY=1") == .failed(ENOENT))
    let looks = Atomic<Int>(0)
    let report = ServiceManagerReport(to: socket, watchdog: nil, every: .milliseconds(5), loops: [], logger: logger) {
      looks.add(1, ordering: .relaxed)
      return []
    }
    try await running(report) {
      let tried = await eventually { looks.load(ordering: .relaxed) >= 2 ? true : nil }
      #expect(tried == true)
      let manager = try Manager(name)
      let told = try await manager.next()
      #expect(told == "READY=1\nSTATUS=serving")
    }
  }

  @Test("it goes on until the shutdown, and ends with it")
  func shutdown() async throws {
    let manager = try Manager(Manager.path())
    let report = ServiceManagerReport(
      to: try socket(manager), watchdog: .seconds(60), every: .milliseconds(5), loops: [], logger: logger
    ) { [] }
    let group = ServiceGroup(
      services: [report], gracefulShutdownSignals: [], cancellationSignals: [], logger: logger)
    let running = Task { try await group.run() }
    _ = try await manager.next()
    await group.triggerGracefulShutdown()
    try await running.value
  }

  private func settings(_ environment: [String: String]) -> ServiceManagerSettings {
    ServiceManagerSettings(SettingsReader(EnvironmentVariablesProvider(environmentVariables: environment)))
  }

  @Test("without a manager, and with one that cannot be understood, nothing is reported")
  func none() {
    #expect(settings([:]).socket == nil && settings([:]).watchdog == nil)
    for name in ["", "@", "/", "relative", "vsock:2:1", "/" + String(repeating: "x", count: 107)] {
      #expect(settings(["NOTIFY_SOCKET": name]).socket == nil, "\(name)")
    }
    #expect(settings(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 106)]).socket != nil)
    for span in ["0", "-1", "soon", "99999999999999999999"] {
      #expect(settings(["WATCHDOG_USEC": span]).watchdog == nil, "\(span)")
    }
  }

  @Test("the watchdog is for the process that the manager started")
  func process() {
    #expect(settings(["WATCHDOG_USEC": "30000000"]).watchdog == .seconds(30))
    #expect(settings(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]).watchdog == .seconds(30))
    #expect(settings(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]).watchdog == nil)
  }
}
