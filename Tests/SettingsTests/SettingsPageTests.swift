import Configuration
import Foundation
import Runtime
import Testing

@testable import AuthService
@testable import BillingService
@testable import SessionService
@testable import TaskService

@Suite("docs/settings.md")
struct SettingsPageTests {
  /// The sections about settings of a developer's machine only.
  private static let development: Set = ["./dev", "The sandbox"]
  private static let services = ["auth", "billing", "session", "task"]

  private static func reader() -> SettingsReader {
    SettingsReader(EnvironmentVariablesProvider(environmentVariables: [:]))
  }

  /// The settings that each service reads when nothing is set.
  private static func readings() -> [(service: String, reading: SettingDeclaration)] {
    let readers = services.map { ($0, reader()) }
    _ = try? AuthSettings(readers[0].1)
    _ = try? BillingSettings(readers[1].1)
    _ = try? SessionSettings(readers[2].1)
    _ = try? TaskSettings(readers[3].1)
    return readers.flatMap { service, reader in reader.readings.map { (service, $0) } }
  }

  /// The operator's command reads a setting where it needs it, so its names are found in its source text.
  private static func operatorNames() throws -> Set<String> {
    let seller = reader()
    _ = SellerSettings(seller)
    let literal = #"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"#
    return try SourceScan.names("\"(\(literal)|ENVIRONMENT)\"", in: SourceScan.texts("Sources/Operator"))
      .union(SourceScan.names("Setting = \"(\(literal))\"", in: SourceScan.texts("Sources/Adapters", ending: ".swift")))
      .union(seller.readings.map(\.name))
      // `talktime doctor` looks at all of them.
      .union(SettingsReader.keySecrets.flatMap(\.self))
  }

  private static func caddyNames() throws -> Set<String> {
    let files = try SourceScan.texts("Caddyfile") + SourceScan.texts("Deploy/Caddyfile.production")
    return try SourceScan.names(
      #"\{\$([A-Z_]+)"#, in: files + SourceScan.texts("Deploy", ending: ".caddyfile"))
  }

  @Test("the page lists what the services, the operator's command and Caddy read, and nothing else")
  func names() throws {
    var read: [String: Set<String>] = [:]
    for (service, reading) in Self.readings() { read[reading.name, default: []].insert(service) }
    for name in try Self.operatorNames() { read[name, default: []].insert("talktime") }
    for name in try Self.caddyNames() { read[name, default: []].insert("Caddy") }
    let rows = try SettingsPage().rows(outside: Self.development)
    var listed: [String: Set<String>] = [:]
    for row in rows {
      #expect(listed[row.name] == nil, "\(row.name) stands twice")
      let readers = row.cell("read by").components(separatedBy: ", ")
      listed[row.name] = Set(readers.flatMap { $0 == "all four" ? Self.services : [$0] })
    }
    for name in Set(read.keys).union(listed.keys).sorted() {
      #expect(listed[name] == read[name], "\(name)")
    }
    #expect(read.count > 60)
  }

  @Test("the page has the default of each setting, and if it is required or secret")
  func defaults() throws {
    let rows = Dictionary(
      try SettingsPage().rows(outside: Self.development).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (service, reading) in Self.readings() {
      guard let row = rows[reading.name] else { continue }
      let said = row.cell("default")
      if let fallback = reading.fallback {
        #expect(said.hasPrefix("`\(fallback)`"), "\(reading.name) of \(service) is \(fallback) where it is not set")
      } else if reading.isRequired {
        #expect(said.hasPrefix("required"), "\(reading.name) of \(service) is required")
      } else {
        #expect(!said.hasPrefix("`") && !said.hasPrefix("required"), "\(reading.name) of \(service) has no default")
      }
      #expect(row.cell("format").contains("secret") == reading.isSecret, "\(reading.name) of \(service)")
    }
  }

  @Test("the page has the default of each setting that Caddy reads")
  func caddy() throws {
    let rows = try SettingsPage().rows(of: ["Caddy"])
    let files = try SourceScan.texts("Caddyfile") + SourceScan.texts("Deploy", ending: ".caddyfile")
    #expect(!rows.isEmpty)
    for row in rows {
      let found = try SourceScan.names(#"\{\$\#(row.name):([^}]*)\}"#, in: files)
      for fallback in found { #expect(row.cell("default").hasPrefix("`\(fallback)`"), "\(row.name)") }
    }
  }

  @Test("the page lists what ./dev and the sandbox read")
  func development() throws {
    let page = try SettingsPage()
    let scripts = try SourceScan.texts("dev") + SourceScan.texts("Deploy", ending: ".sh")
    let dev = try SourceScan.names(#"\$\{([A-Z_]+):"#, in: scripts)
    #expect(Set(page.rows(of: ["./dev"]).map(\.name)) == dev)
    let sandbox = try SourceScan.names(
      #"(?:text|number|optional)\("([A-Z_]+)""#, in: SourceScan.texts("Sources/ProviderSandbox/Settings.swift"))
    let known = Set(try SettingsPage().rows(outside: Self.development).map(\.name))
    #expect(Set(page.rows(of: ["The sandbox"]).map(\.name)) == sandbox.subtracting(known))
  }
}
