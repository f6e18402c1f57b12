import Domain

/// The arguments of the command in an order that its parser understands. It reads what begins with a dash as an option:
/// the id of a talk, of which one in 64 begins so, and a negative number. Such an argument goes behind the separator
/// `--`, after which nothing is an option. A number right after an option is left there: it is the option's value.
enum CommandArguments {
  static func arranged(_ given: [String]) -> [String] {
    guard !given.contains("--") else { return given }
    var (options, behind): ([String], [String]) = ([], [])
    for argument in given {
      let isValue = options.last.map { $0.hasPrefix("--") && !$0.contains("=") } ?? false
      if isNegativeNumber(argument) && !isValue || argument.hasPrefix("-") && SessionID(argument) != nil {
        behind.append(argument)
      } else {
        options.append(argument)
      }
    }
    return behind.isEmpty ? given : options + ["--"] + behind
  }

  /// A whole number; no option has a digit for a name.
  private static func isNegativeNumber(_ text: String) -> Bool {
    text.utf8.first == 0x2D && text.utf8.count > 1 && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }
}
