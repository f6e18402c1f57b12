/// The identification number of a business registered for goods and services tax (CGST Rules 2017, rule 10): two digits
/// of the state, the ten characters of the PAN, the count of registrations with that PAN in the state, a `Z`, and a
/// check character. Tax deductors, collectors, non-residents and United Nations bodies have numbers of another form,
/// which are not accepted here.
public struct GSTIN: Hashable, Sendable, CustomStringConvertible {
  /// Fifteen capital letters and digits.
  public let text: String
  public let state: GSTState

  /// Nil for a text of another form, for an unknown state, and for a wrong check character. Accepts lower case, and the
  /// spaces and hyphens with which people group the characters.
  public init?(_ given: String) {
    guard given.utf8.count <= 64 else { return nil }
    let scalars = given.unicodeScalars.filter { !Self.isGap($0) }
    guard scalars.allSatisfy(\.isASCII) else { return nil }
    let text = String(String.UnicodeScalarView(scalars)).uppercased()
    let characters = Array(text.utf8)
    guard characters.count == 15, Self.isFormed(characters),
      let state = GSTState.all.first(where: { text.hasPrefix($0.code) }),
      Self.checkCharacter(of: characters.dropLast()) == characters[14]
    else { return nil }
    self.text = text
    self.state = state
  }

  /// The owner's income-tax number.
  public var pan: String { String(text.dropFirst(2).prefix(10)) }

  public var description: String { text }

  private static func isFormed(_ characters: [UInt8]) -> Bool {
    characters[0...1].allSatisfy(isDigit) && characters[2...6].allSatisfy(isLetter)
      && characters[7...10].allSatisfy(isDigit) && isLetter(characters[11])
      && (isLetter(characters[12]) || isDigit(characters[12])) && characters[12] != UInt8(ascii: "0")
      && characters[13] == UInt8(ascii: "Z") && (isLetter(characters[14]) || isDigit(characters[14]))
  }

  /// Luhn's algorithm in base 36, with the digits 0 to 9 and A to Z. From the left, every second value is doubled, the
  /// two base-36 digits of each product are added up, and the check character makes the sum a multiple of 36. It
  /// detects every single changed character, and every swap of neighbours except `0` with `Z`, which the form rules
  /// out.
  static func checkCharacter(of characters: some Sequence<UInt8>) -> UInt8 {
    var sum = 0
    for (place, character) in characters.enumerated() {
      let product = value(character) * (place % 2 == 0 ? 1 : 2)
      sum += product / 36 + product % 36
    }
    let check = UInt8((36 - sum % 36) % 36)
    return check < 10 ? UInt8(ascii: "0") + check : UInt8(ascii: "A") + check - 10
  }

  /// A space, a hyphen or a dash, in any of the forms that word processors make of them.
  private static func isGap(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .spaceSeparator, .dashPunctuation: true
    default: false
    }
  }

  private static func value(_ character: UInt8) -> Int {
    Int(isDigit(character) ? character - UInt8(ascii: "0") : character - UInt8(ascii: "A") + 10)
  }

  private static func isDigit(_ character: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
  }
  private static func isLetter(_ character: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character)
  }
}
