import BenchSupport
import Foundation
import Logging
import NIOPosix
import RedisDriver

/// The suite that ./dev bench has started.
struct BenchEnvironment {
  let publicURL, sandboxURL, sessionURL, linkURL, redisURL, databaseURL, signingSecret: String
  let sessionProcess, caddyProcess: Int32

  init() throws {
    let settings = BenchSettings(of: "./dev bench heartbeat, link, links or minutes")
    publicURL = try settings.value("PUBLIC_URL")
    sandboxURL = try settings.value("SANDBOX_URL")
    sessionURL = try settings.value("SESSION_SERVICE_URL")
    linkURL = try settings.value("SESSION_LINK_URL")
    redisURL = try settings.value("REDIS_URL")
    databaseURL = try settings.value("DATABASE_ADMIN_URL")
    signingSecret = try settings.value("JWT_SECRET_KEY")
    sessionProcess = try settings.number("SESSION_PROCESS")
    caddyProcess = try settings.number("CADDY_PROCESS")
  }

  /// Keeps the client's connections up until the process ends.
  func redis() throws -> RedisClient {
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: redisURL), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "bench"))
    Task { try await redis.run() }
    return redis
  }
}

enum ProcessTime {
  struct Gone: Error {}

  /// Seconds of CPU, user and system, that a process has used (proc(5), fields 14 and 15 of stat).
  static func of(_ process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The name may contain spaces, but what follows its last parenthesis does not.
    guard let end = text.lastIndex(of: ")") else { throw Gone() }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { throw Gone() }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Bytes that a process holds in memory (proc(5), VmRSS of status).
  static func resident(_ process: Int32) throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    guard let words = line?.split(whereSeparator: \.isWhitespace), words.count > 1, let kilobytes = Int(words[1]) else {
      throw Gone()
    }
    return kilobytes * 1_024
  }
}

extension RedisClient {
  /// The seconds of CPU that Redis reports.
  func processorTime() async throws -> Double { try await info("cpu", "used_cpu_user") + info("cpu", "used_cpu_sys") }

  func memory() async throws -> Double { try await info("memory", "used_memory") }

  private func info(_ section: String, _ name: String) async throws -> Double {
    let info = try await send(RedisCommand("INFO", RedisArgument(section))).string ?? ""
    let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
  }
}
