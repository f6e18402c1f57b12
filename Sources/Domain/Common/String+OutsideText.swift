/// Text from outside, made safe for its destination: a mail header, a page, a column of the database.
extension String {
  /// The text as a single line. Each run of line breaks, control characters and blanks becomes one space, and both ends
  /// are trimmed. Characters that turn the text around them are removed. So the text cannot start a header of its own,
  /// shows what it says, and contains no character that the database cannot store.
  /// - Parameter longest: the limit in UTF-16 units; characters and code points are never more than these. A longer
  ///   text is cut after a whole letter and ends in an ellipsis.
  public func singleLine(upTo longest: Int) -> String {
    let shown = String.UnicodeScalarView(unicodeScalars.filter { !$0.turnsText })
    let words = shown.split { $0.isBreak || $0.properties.isWhitespace || $0 == "\u{FEFF}" }
    return words.map { String($0) }.joined(separator: " ").cut(to: longest)
  }

  /// The text with its lines kept: control characters are removed, except for line breaks and tabs, and so are those
  /// that turn the text around them.
  /// - Parameter longest: as in `singleLine`.
  public func cleanText(upTo longest: Int) -> String {
    var kept = String.UnicodeScalarView()
    kept.append(
      contentsOf: replacing("\r\n", with: "\n").unicodeScalars.filter {
        $0.isPrintable || $0 == "\n" || $0 == "\t"
      })
    return String(kept).cut(to: longest)
  }

  /// Whether nothing of the text can be seen: it has blanks and characters without a shape of their own only.
  public var isBlank: Bool {
    unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint }
  }

  /// Whether the text is one line of so many code points at most of which nothing can be seen, so that it counts as not
  /// given.
  public func isBlankLine(upTo longest: Int) -> Bool {
    unicodeScalars.count <= longest && isBlank && unicodeScalars.allSatisfy(\.isPrintable)
  }

  private func cut(to longest: Int) -> String {
    guard utf16.count > longest else { return self }
    var (kept, length) = (endIndex, 0)
    for place in indices {
      length += self[place].utf16.count
      // One unit is kept free for the ellipsis.
      if length > longest - 1 {
        kept = place
        break
      }
    }
    return self[..<kept] + "…"
  }
}

extension Unicode.Scalar {
  /// Whether the scalar ends a line in some format, or is a control character.
  public var isBreak: Bool { properties.generalCategory == .control || value == 0x2028 || value == 0x2029 }

  /// Whether the scalar changes the direction of the text around it: an embedding, an override or an isolate. The
  /// joiners that scripts of India need, and the marks that turn nothing but themselves, are none of these.
  public var turnsText: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }

  /// Whether the scalar may stand in a text of one line.
  public var isPrintable: Bool { !isBreak && !turnsText }
}
