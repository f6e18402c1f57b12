import Foundation

/// What ./dev bench tells of the suite that it has started.
struct BenchEnvironment {
  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set: run ./dev bench heartbeat" }
  }

  let publicURL, sandboxURL, sessionURL, redisURL: String
  let sessionProcess: Int32

  init() throws {
    func value(_ name: String) throws -> String {
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
      return value
    }
    publicURL = try value("PUBLIC_URL")
    sandboxURL = try value("SANDBOX_URL")
    sessionURL = try value("SESSION_SERVICE_URL")
    redisURL = try value("REDIS_URL")
    guard let process = Int32(try value("SESSION_PROCESS")) else { throw Missing(name: "SESSION_PROCESS") }
    sessionProcess = process
  }
}

enum ProcessTime {
  struct Gone: Error {}

  /// Seconds of CPU, user and system, that a process has used (proc(5), fields 14 and 15 of stat).
  static func of(_ process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The name may hold spaces; what follows its last parenthesis does not.
    guard let end = text.lastIndex(of: ")") else { throw Gone() }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { throw Gone() }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
