import Foundation
import Testing

/// A type of event, as the sources declare it.
private struct DeclaredEvent {
  let swiftName: String
  let type: String
  let context: String
  let fields: Set<String>

  /// The events of Sources/Domain/Events.
  static func all() throws -> [DeclaredEvent] {
    try SourceScan.texts("Sources/Domain/Events", ending: ".swift").flatMap(declared)
  }

  private static func declared(in text: String) throws -> [DeclaredEvent] {
    try text.components(separatedBy: "\npublic struct ").compactMap { part in
      guard let name = try SourceScan.names(#"^(?:public struct )?(\w+): DomainEvent"#, in: [part]).first else {
        return nil
      }
      return DeclaredEvent(
        swiftName: name, type: try #require(try SourceScan.names(#"let type = "([^"]+)""#, in: [part]).first),
        context: try #require(try SourceScan.names(#"let context = BoundedContext\.(\w+)"#, in: [part]).first),
        fields: try fields(part))
    }
  }

  /// The names in JSON, which the coding keys declare.
  private static func fields(_ declaration: String) throws -> Set<String> {
    let keys = try #require(declaration.components(separatedBy: "CodingKey {").dropFirst().first)
    let cases = keys.prefix { $0 != "}" }.replacingOccurrences(of: "case ", with: ",")
    let names = cases.split(separator: ",").compactMap { key -> String? in
      let sides = key.split(separator: "=").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      return sides.last?.trimmingCharacters(in: ["\""])
    }
    return Set(names.filter { !$0.isEmpty })
  }
}

@Suite("docs/events.md is about what the services publish and consume")
struct EventsPageTests {
  @Test("every type is in the section of its context, with its fields")
  func types() throws {
    let page = try SettingsPage("events.md")
    let declared = try DeclaredEvent.all()
    try #require(declared.count > 15)
    for context in Set(declared.map(\.context)) {
      let rows = page.rows(of: [context.capitalized])
      let events = declared.filter { $0.context == context }
      #expect(Set(rows.map(\.name)) == Set(events.map(\.type)) && rows.count == events.count, "\(context)")
      for event in events {
        let row = try #require(rows.first { $0.name == event.type })
        #expect(names(row.cell("data")) == event.fields, "\(event.type)")
      }
    }
  }

  @Test("every type is one that this build knows")
  func known() throws {
    let texts = try SourceScan.texts("Sources/Domain/Events/EventTypes.swift")
    let known = try SourceScan.names(#"(\w+)\.type"#, in: texts)
    let declared = Set(try DeclaredEvent.all().map(\.swiftName))
    #expect(known == declared)
  }

  @Test("every type has the consumer groups that the services have")
  func consumers() throws {
    let page = try SettingsPage("events.md")
    let groups = try groupNames()
    var consumed: [String: Set<String>] = [:]
    for folder in ["AuthService", "BillingService", "SessionService", "TaskService", "Application/Tasks"] {
      for text in try SourceScan.texts("Sources/\(folder)", ending: ".swift") {
        // What follows a group's name in a file is consumed by that group, up to the next one.
        for part in text.components(separatedBy: "ConsumerGroupName.").dropFirst() {
          let group = String(part.prefix { $0.isLetter })
          let name = try #require(groups[group], "\(group)")
          for event in try SourceScan.names(#"event\((\w+)\.self\)"#, in: [part]) {
            consumed[event, default: []].insert(name)
          }
        }
      }
    }
    #expect(Set(consumed.values.flatMap { $0 }) == Set(groups.values))
    for event in try DeclaredEvent.all() {
      let row = try #require(page.rows(outside: []).first { $0.name == event.type }, "\(event.type)")
      #expect(names(row.cell("consumed by")) == consumed[event.swiftName, default: []], "\(event.type)")
    }
  }

  @Test("every type is published")
  func publishers() throws {
    let texts =
      try ["Domain", "Application", "Adapters"].flatMap { try SourceScan.texts("Sources/\($0)", ending: ".swift") }
      + SourceScan.texts("Sources/Adapters/Redis", ending: ".lua")
    for event in try DeclaredEvent.all() {
      // A type that has no use outside its declaration has nobody who publishes it.
      let made = try SourceScan.names("[^.\\w](\(event.swiftName))\\(", in: texts)
      let written = texts.contains { $0.contains("\"type\":\"\(event.type)\"") }
      #expect(!made.isEmpty || written, "\(event.type)")
    }
  }

  /// The groups' names by the names of their cases.
  private func groupNames() throws -> [String: String] {
    let text = try SourceScan.texts("Sources/Application/Events/ConsumerGroupName.swift")
    let cases = try SourceScan.names(#"case (\w+ = "[^"]+")"#, in: text).map { $0.components(separatedBy: " = \"") }
    return Dictionary(uniqueKeysWithValues: cases.map { ($0[0], String($0[1].dropLast())) })
  }

  /// The names in backticks in a cell.
  private func names(_ cell: String) -> Set<String> {
    Set(cell.components(separatedBy: " · ").map { $0.trimmingCharacters(in: ["`", " "]) }.filter { !$0.isEmpty })
  }
}
