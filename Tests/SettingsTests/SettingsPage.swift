import Foundation
import Testing

/// A row of a table of a page.
struct SettingsRow {
  let name: String
  /// The cells by the headings of their columns.
  let cells: [String: String]

  func cell(_ column: String) -> String { cells[column] ?? "" }
}

/// A page of docs: the tables under each of its headings, whose rows begin with a name in backticks.
struct SettingsPage {
  static let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL

  private var sections: [String: [SettingsRow]] = [:]

  init(_ page: String = "settings.md") throws {
    let text = try String(contentsOf: Self.root.appending(path: "docs/\(page)"), encoding: .utf8)
    var (section, columns) = ("", [String]())
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      guard line.hasPrefix("|") else {
        columns = []
        continue
      }
      let cells = line.dropFirst().dropLast().components(separatedBy: "|")
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if columns.isEmpty { columns = cells }
      guard let first = cells.first, first.hasPrefix("`") else { continue }
      sections[section, default: []].append(
        SettingsRow(
          name: first.trimmingCharacters(in: ["`"]),
          cells: Dictionary(zip(columns, cells)) { first, _ in first }))
    }
  }

  /// The rows of the sections with these headings.
  func rows(of headings: Set<String>) -> [SettingsRow] {
    sections.filter { headings.contains($0.key) }.flatMap(\.value)
  }

  /// The rows of all other sections.
  func rows(outside headings: Set<String>) -> [SettingsRow] {
    sections.filter { !headings.contains($0.key) }.flatMap(\.value)
  }
}

/// The names that are read outside the settings types, found in the text of the sources.
enum SourceScan {
  /// The texts of the files below a folder, or of the one file, whose names end with `ending`.
  static func texts(_ path: String, ending: String = "") throws -> [String] {
    let start = SettingsPage.root.appending(path: path)
    guard let found = FileManager.default.enumerator(atPath: start.path) else {
      return [try String(contentsOf: start, encoding: .utf8)]
    }
    let files = found.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }
    let texts = files.compactMap { try? String(contentsOf: start.appending(path: $0), encoding: .utf8) }
    return texts.isEmpty ? [try String(contentsOf: start, encoding: .utf8)] : texts
  }

  /// The matches of a pattern's first group, each once.
  static func names(_ pattern: String, in texts: [String]) throws -> Set<String> {
    let expression = try NSRegularExpression(pattern: pattern)
    var found: Set<String> = []
    for text in texts {
      for match in expression.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        if let range = Range(match.range(at: 1), in: text) { found.insert(String(text[range])) }
      }
    }
    return found
  }
}
