import Domain

/// The arguments of the command in an order that its parser understands. A talk's id may begin with a dash, one in 64
/// does, and would be read as an option. Such an id goes behind the separator `--`, after which nothing is an option.
enum CommandArguments {
  static func arranged(_ given: [String]) -> [String] {
    guard !given.contains("--") else { return given }
    let ids = given.filter { $0.hasPrefix("-") && SessionID($0) != nil }
    guard !ids.isEmpty else { return given }
    return given.filter { !ids.contains($0) } + ["--"] + ids
  }
}
