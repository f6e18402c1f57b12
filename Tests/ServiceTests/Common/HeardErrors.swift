import Foundation
import Synchronization

@testable import HTTPServing

/// The errors that were looked up in a table, such as `BillingError.orderNotFound`.
final class HeardErrors: Sendable {
  private let heard = Mutex<Set<String>>([])

  var names: Set<String> { heard.withLock { $0 } }

  func table(over table: ProblemTable) -> ProblemTable {
    ProblemTable([
      { [self] error in
        let name = "\(type(of: error)).\(String("\(error)".prefix { $0 != "(" }))"
        heard.withLock { _ = $0.insert(name) }
        return table.problem(for: error)
      }
    ])
  }
}

/// The rows of a service's table, found in its source text.
struct ErrorRows {
  private(set) var names: Set<String> = []

  /// - Parameter file: such as `BillingService/ProblemTable+Billing.swift`.
  init(_ file: String) throws {
    let text = try String(contentsOf: ErrorPage.root.appending(path: "Sources/\(file)"), encoding: .utf8)
    var type = ""
    for line in text.components(separatedBy: "\n") {
      if let match = line.firstMatch(of: #/(?:adding\(|_ error: )([A-Z]\w+)(?:\.self|\) -> ProblemRow)/#) {
        type = String(match.1)
      }
      guard let match = line.wholeMatch(of: #/ *case (\.[^:]+):.*/#) else { continue }
      for name in match.1.components(separatedBy: ", ") {
        names.insert("\(type)\(name.prefix { $0 != "(" })")
      }
    }
  }
}

/// The tables of docs/errors.md, under each of its headings.
struct ErrorPage {
  static let root = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardizedFileURL

  private var sections: [String: [String]] = [:]

  init(_ path: String = "docs/errors.md") throws {
    let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    var section = ""
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      if line.hasPrefix("| `") { sections[section, default: []].append(line) }
    }
  }

  func lines(under heading: String) -> [String] { sections[heading] ?? [] }
}
