import Foundation
import Runtime

/// Checks the version of the Caddy at the front door. It asks the binary on this machine, the one that CADDY_BIN names
/// or the first in PATH. If Caddy runs on another machine, this check cannot know its version.
struct DoctorCaddyCheck: Sendable {
  private static let area = "caddy"
  /// The version that the tests of the front door run on, besides Debian's. Versions 2.9 to 2.11.4, at least,
  /// acknowledge a webhook with an incomplete body.
  static let oldestForTheInternet = CaddyVersion(major: 2, minor: 11, patch: 7)

  func findings() -> [Finding] {
    let reader = SettingsReader()
    let isProduction = reader.string("ENVIRONMENT", default: "production") != "development"
    let binary = reader.string("CADDY_BIN", default: "caddy")
    guard let version = CaddyVersion(Self.said(by: binary)) else {
      let text = "\(binary) is not on this machine, so its version is not known: it must be "
      return [.warning(Self.area, text + "\(Self.oldestForTheInternet) or later")]
    }
    if version >= Self.oldestForTheInternet { return [.ok(Self.area, "\(binary) is \(version)")] }
    let text =
      "\(binary) is \(version), which should not face the internet: that wants \(Self.oldestForTheInternet) or later"
    return [isProduction ? .problem(Self.area, text) : .ok(Self.area, text)]
  }

  /// The output of `caddy version`; empty if it cannot be run.
  private static func said(by binary: String) -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [binary, "version"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "" }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile().prefix(1_024), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}

/// A version such as `2.6.2` in Debian's output, or `v2.11.7 h1:…` in a release's. A missing third number counts as 0.
struct CaddyVersion: Comparable, CustomStringConvertible {
  let major, minor, patch: Int

  init(major: Int, minor: Int, patch: Int) {
    (self.major, self.minor, self.patch) = (major, minor, patch)
  }

  /// Nil for a text that is not a version.
  init?(_ output: String) {
    guard let match = output.firstMatch(of: #/^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?/#),
      let major = Int(match.1), let minor = Int(match.2)
    else { return nil }
    self.init(major: major, minor: minor, patch: match.3.flatMap { Int($0) } ?? 0)
  }

  var description: String { "\(major).\(minor).\(patch)" }

  static func < (left: CaddyVersion, right: CaddyVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }
}
