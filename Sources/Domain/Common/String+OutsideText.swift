/// Text that somebody else wrote, made fit for where it goes: a mail's header, a page, a column of the database.
extension String {
  /// In one line: each run of line breaks, control characters and blanks is one space, none at either end. So nothing can
  /// begin a header of its own, and nothing is left that the database has no text for.
  /// - Parameter longest: in UTF-16 units, which no limit that counts characters or code points counts more of. It is cut
  ///   behind a whole letter, and ends in an ellipsis then.
  public func singleLine(upTo longest: Int) -> String {
    let words = unicodeScalars.split { $0.isBreak || $0.properties.isWhitespace || $0 == "\u{FEFF}" }
    return words.map { String($0) }.joined(separator: " ").cut(to: longest)
  }

  /// With its lines: control characters go, but for line breaks and tabs.
  /// - Parameter longest: as in `singleLine`.
  public func cleanText(upTo longest: Int) -> String {
    var kept = String.UnicodeScalarView()
    kept.append(
      contentsOf: replacing("\r\n", with: "\n").unicodeScalars.filter { !$0.isBreak || $0 == "\n" || $0 == "\t" })
    return String(kept).cut(to: longest)
  }

  private func cut(to longest: Int) -> String {
    guard utf16.count > longest else { return self }
    var (kept, length) = (endIndex, 0)
    for place in indices {
      length += self[place].utf16.count
      // One for the ellipsis.
      if length > longest - 1 {
        kept = place
        break
      }
    }
    return self[..<kept] + "…"
  }
}

extension Unicode.Scalar {
  /// What ends a line somewhere, or is a control character.
  public var isBreak: Bool { properties.generalCategory == .control || value == 0x2028 || value == 0x2029 }
}
