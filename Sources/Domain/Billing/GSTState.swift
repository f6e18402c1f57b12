/// A state or union territory of India as its goods and services tax knows it: the two-digit code with which a GSTIN
/// begins and that an invoice names as place of supply (CGST Rules 2017, rule 46(n); the list is the one that the GST
/// portal publishes). Codes that are no longer given out (25 Daman and Diu, 28 undivided Andhra Pradesh) are left out.
public struct GSTState: Hashable, Sendable, CustomStringConvertible {
  /// Two digits.
  public let code: String
  /// The letters of ISO 3166-2:IN after `IN-`, as changed in 2023.
  public let letters: String
  public let name: String
  /// A union territory without a legislature: the tax of the territory is UTGST and not SGST there (UTGST Act 2017,
  /// s. 1(2) and 2(8); CGST Act 2017, s. 2(114)).
  public let leviesUTGST: Bool
  /// What ISO 3166-2 called it before.
  private let formerLetters: String?

  private init(
    _ code: String, _ letters: String, _ name: String, former: String? = nil, leviesUTGST: Bool = false
  ) {
    self.code = code
    self.letters = letters
    self.name = name
    self.leviesUTGST = leviesUTGST
    formerLetters = former
  }

  /// From `29`, `KA`, `IN-KA` or `Karnataka`, without regard to case; nil for anything else.
  public init?(_ text: String) {
    let spoken = Self.spoken(text)
    guard let state = Self.bySpelling[spoken.hasPrefix("in-") ? String(spoken.dropFirst(3)) : spoken] else {
      return nil
    }
    self = state
  }

  public var description: String { code }

  public static func == (left: GSTState, right: GSTState) -> Bool { left.code == right.code }
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// In order of their codes.
  public static let all: [GSTState] = [
    GSTState("01", "JK", "Jammu and Kashmir"),
    GSTState("02", "HP", "Himachal Pradesh"),
    GSTState("03", "PB", "Punjab"),
    GSTState("04", "CH", "Chandigarh", leviesUTGST: true),
    GSTState("05", "UK", "Uttarakhand", former: "UT"),
    GSTState("06", "HR", "Haryana"),
    GSTState("07", "DL", "Delhi"),
    GSTState("08", "RJ", "Rajasthan"),
    GSTState("09", "UP", "Uttar Pradesh"),
    GSTState("10", "BR", "Bihar"),
    GSTState("11", "SK", "Sikkim"),
    GSTState("12", "AR", "Arunachal Pradesh"),
    GSTState("13", "NL", "Nagaland"),
    GSTState("14", "MN", "Manipur"),
    GSTState("15", "MZ", "Mizoram"),
    GSTState("16", "TR", "Tripura"),
    GSTState("17", "ML", "Meghalaya"),
    GSTState("18", "AS", "Assam"),
    GSTState("19", "WB", "West Bengal"),
    GSTState("20", "JH", "Jharkhand"),
    GSTState("21", "OD", "Odisha", former: "OR"),
    GSTState("22", "CG", "Chhattisgarh", former: "CT"),
    GSTState("23", "MP", "Madhya Pradesh"),
    GSTState("24", "GJ", "Gujarat"),
    GSTState("26", "DH", "Dadra and Nagar Haveli and Daman and Diu", leviesUTGST: true),
    GSTState("27", "MH", "Maharashtra"),
    karnataka,
    GSTState("30", "GA", "Goa"),
    GSTState("31", "LD", "Lakshadweep", leviesUTGST: true),
    GSTState("32", "KL", "Kerala"),
    GSTState("33", "TN", "Tamil Nadu"),
    GSTState("34", "PY", "Puducherry"),
    GSTState("35", "AN", "Andaman and Nicobar Islands", leviesUTGST: true),
    GSTState("36", "TS", "Telangana", former: "TG"),
    GSTState("37", "AP", "Andhra Pradesh"),
    GSTState("38", "LA", "Ladakh", leviesUTGST: true),
    // Territorial waters and the like. ISO has no letters for it; these are the portal's.
    GSTState("97", "OT", "Other Territory", leviesUTGST: true),
  ]

  public static let karnataka = GSTState("29", "KA", "Karnataka")

  private static let bySpelling: [String: GSTState] = {
    var states: [String: GSTState] = [:]
    for state in all {
      for spelling in [state.code, state.letters, state.name] + [state.formerLetters].compactMap(\.self) {
        states[spoken(spelling)] = state
      }
    }
    return states
  }()

  /// Lower case, single spaces, `and` for `&`.
  private static func spoken(_ text: String) -> String {
    guard text.utf8.count <= 64 else { return "" }
    return text.lowercased().split { $0 == " " }.map { $0 == "&" ? "and" : $0 }.joined(separator: " ")
  }
}
