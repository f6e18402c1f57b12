extension Transcript {
  /// The longest line of a part, in UTF-16 units.
  public static let longestLine = 4_000

  /// The transcript in parts of at most `longest` UTF-16 units, each line with its speaker, as a single line and cut to
  /// `longestLine`. If it needs more than `most` parts, the earliest lines are left out.
  public func parts(upTo longest: Int, most: Int) -> [[String]] {
    var parts: [[String]] = []
    var (part, length) = ([String](), 0)
    for line in lines.reversed() {
      let text = "\(line.role.rawValue): \(line.text.singleLine(upTo: Self.longestLine))"
      if length + text.utf16.count + 1 > longest, !part.isEmpty {
        parts.append(part.reversed())
        (part, length) = ([], 0)
        if parts.count == most { break }
      }
      part.append(text)
      length += text.utf16.count + 1
    }
    if !part.isEmpty { parts.append(part.reversed()) }
    return parts.reversed()
  }
}
