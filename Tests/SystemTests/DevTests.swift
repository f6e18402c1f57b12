import Foundation
import TestInfrastructure
import Testing

@Suite("./dev")
struct DevTests {
  private func run(
    _ program: String, _ arguments: [String], _ environment: [String: String], says file: URL
  ) throws -> (Process, AsyncStream<Void>) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try Data().write(to: file)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: file)
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    return (process, ended)
  }

  @Test("./dev waits for another one that has the turn, says so, and goes on when that one is killed")
  func turns() async throws {
    let suite = try Suite.running()
    let state = FileManager.default.temporaryDirectory.appending(path: "dev-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: state) }
    try "up, process 1".write(to: state.appending(path: "turn.holder"), atomically: true, encoding: .utf8)
    let said = state.appending(path: "said")
    // Starts no program that could keep the lock afterwards.
    let (first, firstEnd) = try run(
      "/bin/sh", ["-c", "exec 9>>\(state.path)/turn; flock 9; echo has >&2; exec sleep 120"], [:],
      says: state.appending(path: "first"))
    let has = await eventually {
      (try? String(contentsOf: state.appending(path: "first"), encoding: .utf8)) == "has\n" ? true : nil
    }
    #expect(has == true)
    let (second, secondEnd) = try run(
      try suite.setting("TALKTIME_DEV"), ["down"], ["TALKTIME_STATE": state.path, "TALKTIME_TURN": ""], says: said)
    let waits = await eventually {
      (try? String(contentsOf: said, encoding: .utf8))?.contains("waiting for another ./dev: up, process 1") == true
        ? true : nil
    }
    #expect(waits == true && second.isRunning)
    kill(first.processIdentifier, SIGKILL)
    for await _ in firstEnd {}
    for await _ in secondEnd {}
    #expect(second.terminationStatus == 0)
  }

  @Test("secrets are not readable for other users of the machine")
  func secrets() async throws {
    _ = try Suite.running()
    let state = URL(fileURLWithPath: try #require(ProcessInfo.processInfo.environment["TALKTIME_STATE"]))
    let folder = state.appending(path: "secrets")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count > 5)
    let files = names.map { folder.appending(path: $0) }
    for file in files + [state.appending(path: "env"), state.appending(path: "redis.conf"), folder] {
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
      #expect((mode ?? 0o777) & 0o077 == 0, "\(file.path)")
    }
    let secrets = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    let running = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
    // A process that has ended meanwhile has no command line any more.
    let commands = running.map { number in
      (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(number)/cmdline"))).map {
        String(decoding: $0, as: UTF8.self)
      }
        ?? ""
    }
    #expect(commands.contains { $0.contains("redis-server") })
    for (command, secret) in commands.flatMap({ command in secrets.map { (command, $0) } }) {
      #expect(!command.contains(secret), "\(command.prefix(40))")
    }
  }

  /// Runs a shell function of ./dev in the suite's context.
  private func shell(_ suite: Suite, _ state: URL, _ script: String) async throws -> String {
    let root = URL(fileURLWithPath: try suite.setting("TALKTIME_DEV")).deletingLastPathComponent().path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-euc",
      """
      root=$1 state=$2; say() { :; }; die() { exit 9; }
      . "$root/Deploy/dev/turns.sh"; . "$root/Deploy/dev/settings.sh"
      mkdir -p "$state/ports"; \(script)
      """, "bash", root, state.path,
    ]
    let output = Pipe()
    process.standardOutput = output
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    for await _ in ended {}
    #expect(process.terminationStatus == 0, "\(script)")
    return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test("a port belongs to one suite until that is down, with or without a listening process")
  func ports() async throws {
    let suite = try Suite.running()
    let folder = FileManager.default.temporaryDirectory.appending(path: "ports-\(UUID().uuidString)")
    let (one, other) = (folder.appending(path: "one"), folder.appending(path: "other"))
    for state in [one, other] { try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true) }
    defer { try? FileManager.default.removeItem(at: folder) }
    let choose = "choose_port session-2 39301; port session-2"
    let first = try await shell(suite, one, choose)
    #expect(try await shell(suite, other, choose) != first)
    // After a stop and a start it has the same port.
    #expect(try await shell(suite, one, "has_port session-2 && port session-2") == first)
    #expect(try await shell(suite, one, choose) == first)
    // A suite that is down, or whose folder is gone, holds no ports.
    _ = try await shell(suite, one, "release_ports")
    let third = folder.appending(path: "third")
    #expect(try await shell(suite, third, "choose_port session-2 \(first); port session-2") == first)
    try FileManager.default.removeItem(at: third)
    #expect(try await shell(suite, one, choose) == first)
    for state in [one, other] { _ = try await shell(suite, state, "release_ports") }
  }

  @Test("all ports listen on loopback only")
  func loopback() throws {
    _ = try Suite.running()
    let state = URL(fileURLWithPath: try #require(ProcessInfo.processInfo.environment["TALKTIME_STATE"]))
    let folder = state.appending(path: "ports")
    let ports = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { name in
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      return try #require(UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    // The kernel's tables: the second word is address and port in hexadecimal, and a fourth word 0A marks a listener.
    let sockets = try ["tcp", "tcp6"].flatMap { table in
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/net/\(table)")), as: UTF8.self)
      return text.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    }
    let places = sockets.filter { $0[3] == "0A" }.map { $0[1].split(separator: ":") }
      .filter { place in UInt16(place[1], radix: 16).map(ports.contains) == true }
    // At least Postgres, Redis, the front door, the sandbox and the four services.
    #expect(places.count >= 8)
    let loopback = ["0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"]
    for place in places {
      #expect(loopback.contains(String(place[0])), "port \(UInt16(place[1], radix: 16) ?? 0) listens at \(place[0])")
    }
  }
}
