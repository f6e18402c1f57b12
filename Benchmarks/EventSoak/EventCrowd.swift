import Foundation

/// The processes of relays and consumers.
final class EventCrowd {
  private struct Member {
    let process: Process
    let role, suffix: String
  }

  private let executable: String
  private let unprotected: Bool
  private var members: [Member] = []
  private(set) var kills = 0
  private var started = 0

  init(executable: String, unprotected: Bool) {
    self.executable = executable
    self.unprotected = unprotected
  }

  /// - Parameters:
  ///   - role: the option that makes the process a relay or a consumer.
  ///   - suffix: the group of a consumer.
  func add(_ role: String, suffix: String = "") throws {
    started += 1
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = [role, "soak-\(started)" + (suffix.isEmpty ? "" : ":" + suffix)]
    if unprotected { process.arguments?.append("--unprotected") }
    try process.run()
    members.append(Member(process: process, role: role, suffix: suffix))
  }

  /// Kills one as the kernel would, and starts another of its kind.
  func killOne() throws {
    guard let index = members.indices.randomElement() else { return }
    let member = members.remove(at: index)
    kill(member.process.processIdentifier, SIGKILL)
    kills += 1
    try add(member.role, suffix: member.suffix)
  }

  func killAll() {
    for member in members { kill(member.process.processIdentifier, SIGKILL) }
    members = []
  }
}
