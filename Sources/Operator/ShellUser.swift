import Foundation

/// The user of the shell, as the log of operators' actions names them.
enum ShellUser {
  static var actor: String {
    let environment = ProcessInfo.processInfo.environment
    let name = environment["SUDO_USER"] ?? NSUserName()
    return "cli:" + (name.isEmpty ? "unknown" : name)
  }
}
