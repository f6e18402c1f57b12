/// A state or union territory of India as the goods and services tax defines it: the two-digit code at the start of a
/// GSTIN, which an invoice names as place of supply (CGST Rules 2017, rule 46(n)). The list is the one that the GST
/// portal publishes. It leaves out codes that are no longer assigned (25 Daman and Diu, 28 undivided Andhra Pradesh).
public struct GSTState: Hashable, Sendable, CustomStringConvertible {
  /// Two digits.
  public let code: String
  /// The letters of ISO 3166-2:IN after `IN-`, as changed in 2023.
  public let letters: String
  public let name: String
  /// Whether it is a union territory without a legislature: the territory's tax is UTGST there and not SGST (UTGST Act
  /// 2017, s. 1(2) and 2(8); CGST Act 2017, s. 2(114)).
  public let leviesUTGST: Bool
  /// Former letters and names, and common other spellings.
  private let aliases: [String]

  private init(
    _ code: String, _ letters: String, _ name: String, also aliases: String..., leviesUTGST: Bool = false
  ) {
    self.code = code
    self.letters = letters
    self.name = name
    self.leviesUTGST = leviesUTGST
    self.aliases = aliases
  }

  /// Accepts `29`, `KA`, `IN-KA`, `Karnataka` or `29-Karnataka`, and former and other common names such as `Orissa`.
  /// Ignores case, spaces, hyphens, dots and the word `and`. Nil for anything else.
  public init?(_ text: String) {
    guard let state = Self.words(text).flatMap(Self.find) else { return nil }
    self = state
  }

  public var description: String { code }

  public static func == (left: GSTState, right: GSTState) -> Bool { left.code == right.code }
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// In order of their codes.
  public static let all: [GSTState] = [
    GSTState("01", "JK", "Jammu and Kashmir", also: "Kashmir"),
    GSTState("02", "HP", "Himachal Pradesh", also: "Himachal"),
    GSTState("03", "PB", "Punjab", also: "Panjab"),
    GSTState("04", "CH", "Chandigarh", also: "Chandigadh", leviesUTGST: true),
    GSTState("05", "UK", "Uttarakhand", also: "UT", "UA", "Uttaranchal", "Uttrakhand", "Uttarkhand"),
    GSTState("06", "HR", "Haryana", also: "Hariyana"),
    GSTState(
      "07", "DL", "Delhi", also: "New Delhi", "NCT of Delhi", "Delhi NCT", "National Capital Territory of Delhi"),
    GSTState("08", "RJ", "Rajasthan", also: "Rajastan"),
    GSTState("09", "UP", "Uttar Pradesh"),
    GSTState("10", "BR", "Bihar"),
    GSTState("11", "SK", "Sikkim"),
    GSTState("12", "AR", "Arunachal Pradesh", also: "Arunachal"),
    GSTState("13", "NL", "Nagaland"),
    GSTState("14", "MN", "Manipur"),
    GSTState("15", "MZ", "Mizoram"),
    GSTState("16", "TR", "Tripura"),
    GSTState("17", "ML", "Meghalaya", also: "Meghalya"),
    GSTState("18", "AS", "Assam", also: "Asom"),
    GSTState("19", "WB", "West Bengal", also: "Paschim Banga", "Paschim Bangal"),
    GSTState("20", "JH", "Jharkhand", also: "Jharkand"),
    GSTState("21", "OD", "Odisha", also: "OR", "Orissa", "Odissa"),
    GSTState(
      "22", "CG", "Chhattisgarh", also: "CT", "Chattisgarh", "Chhatisgarh", "Chatisgarh", "Chhattisgadh", "Chattisgadh"),
    GSTState("23", "MP", "Madhya Pradesh"),
    GSTState("24", "GJ", "Gujarat", also: "Gujrat"),
    GSTState(
      "26", "DH", "Dadra and Nagar Haveli and Daman and Diu",
      // Two territories until 2020.
      also: "DN", "DD", "DNH", "DNHDD", "Dadra and Nagar Haveli", "Daman and Diu", "Daman", "Diu", leviesUTGST: true),
    GSTState("27", "MH", "Maharashtra", also: "Maharastra"),
    karnataka,
    GSTState("30", "GA", "Goa"),
    GSTState("31", "LD", "Lakshadweep", also: "Lakshadweep Islands", "Laccadive Islands", leviesUTGST: true),
    GSTState("32", "KL", "Kerala", also: "Keralam", "Kerela"),
    GSTState("33", "TN", "Tamil Nadu", also: "Tamizh Nadu"),
    GSTState("34", "PY", "Puducherry", also: "Pondicherry", "Pondichery", "Pudducherry"),
    GSTState(
      "35", "AN", "Andaman and Nicobar Islands", also: "Andaman and Nicobar", "A and N Islands", "A and N",
      "Andaman Islands", "Nicobar Islands", leviesUTGST: true),
    GSTState("36", "TS", "Telangana", also: "TG", "Telengana"),
    // The portal's own letters and name for the state, which was divided in 2014.
    GSTState("37", "AP", "Andhra Pradesh", also: "AD", "Andhra", "Andhra Pradesh New"),
    GSTState("38", "LA", "Ladakh", also: "Leh Ladakh", "Ladhak", leviesUTGST: true),
    // Territorial waters and similar areas. ISO has no letters for them; these are the portal's.
    GSTState("97", "OT", "Other Territory", also: "Other Territories", leviesUTGST: true),
  ]

  public static let karnataka = GSTState("29", "KA", "Karnataka", also: "Karnatka", "Karnataka State")

  private static let bySpelling: [String: GSTState] = {
    var states: [String: GSTState] = [:]
    for state in all {
      for spelling in [state.code, state.letters, state.name] + state.aliases {
        if let words = words(spelling) { states[words.joined()] = state }
      }
    }
    return states
  }()

  /// A code that stands beside a name must be the code of that name.
  private static func find(_ words: [Substring]) -> GSTState? {
    let words = words.first == "in" ? words.dropFirst() : words[...]
    if let whole = bySpelling[words.joined()] { return whole }
    guard words.count > 1 else { return nil }
    for (code, name) in [(words.first, words.dropFirst()), (words.last, words.dropLast())] {
      guard let code, isCode(code), let state = bySpelling[name.joined()], state.code == code else { continue }
      return state
    }
    return nil
  }

  private static func isCode(_ word: Substring) -> Bool {
    word.utf8.count == 2 && word.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The words in lower case, without `and`; nil if they are separated by a character that does not occur in a name.
  private static func words(_ text: String) -> [Substring]? {
    guard text.utf8.count <= 64 else { return nil }
    let lower = text.lowercased()
    let isWord = { (scalar: Unicode.Scalar) in ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) }
    let isBetween = { (scalar: Unicode.Scalar) in
      " \u{A0}-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}.,&/()".unicodeScalars.contains(scalar)
    }
    guard lower.unicodeScalars.allSatisfy({ isWord($0) || isBetween($0) }) else { return nil }
    return lower.unicodeScalars.split(whereSeparator: isBetween).map { Substring($0) }.filter { $0 != "and" }
  }
}
