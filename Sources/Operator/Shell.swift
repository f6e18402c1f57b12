import Foundation

/// Who sits at the shell, as operators' actions are signed.
enum Shell {
  static var actor: String {
    let environment = ProcessInfo.processInfo.environment
    let name = environment["SUDO_USER"] ?? NSUserName()
    return "cli:" + (name.isEmpty ? "unknown" : name)
  }
}
