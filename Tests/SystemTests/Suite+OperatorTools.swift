import Foundation
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver
import Testing

/// The actions of an operator: by the command, in the database, in Redis.
extension Suite {
  struct Output: Sendable {
    let status: Int32
    let text: String
  }

  /// Runs the operator's command and returns its output.
  func talktime(_ arguments: String...) async throws -> Output { try await talktime(arguments) }

  func talktime(_ arguments: [String]) async throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try setting("TALKTIME_DEV"))
    process.arguments = ["talktime"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    return try await withCheckedThrowingContinuation { (done: CheckedContinuation<Output, any Error>) in
      process.terminationHandler = { process in
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        done.resume(returning: Output(status: process.terminationStatus, text: text))
      }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
  }

  func withDatabase<T: Sendable>(_ body: @Sendable (PostgresPool) async throws -> T) async throws -> T {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(url: try setting("DATABASE_ADMIN_URL"), applicationName: "system-tests"),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    return try await body(pool)
  }

  /// Runs one command as soon as Redis responds.
  func redis(_ command: RedisCommand) async throws -> RedisValue {
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: try setting("REDIS_URL")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "system-tests"))
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    return try await eventually("Redis answers") { try? await redis.send(command) }
  }

  /// The suite through one instance of one service, without Caddy.
  func past(_ service: String, _ number: Int) throws -> Suite {
    Suite(publicURL: try local("\(service)-\(number)"), sandboxURL: sandboxURL, settings: settings, http: http)
  }

  /// The links of one instance of the session service, past the front door.
  func linkAddress(_ number: Int) throws -> String { try local("link-\(number)") }

  private func local(_ port: String) throws -> String {
    let file = try setting("TALKTIME_STATE") + "/ports/\(port)"
    let number = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    return "http://127.0.0.1:\(number)"
  }

  /// Asks an instance to shut down, as an orchestrator does.
  func terminate(_ service: String, _ number: Int) throws {
    let file = try setting("TALKTIME_STATE") + "/run/\(service)-\(number).pid"
    let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    let pid = try #require(Int32(text))
    #expect(kill(pid, SIGTERM) == 0)
  }
}

extension Person {
  /// The same user at another address of the suite.
  func at(_ suite: Suite) -> Person { Person(suite: suite, email: email, id: id, token: token) }
}
