/// The spelling of the numbers of a JSON text. Money, times and claims are whole, and a decoder would take `1e3` and
/// `1.0` for integers.
public enum WholeJSONNumbers {
  /// Whether every number is written without a fraction and an exponent.
  /// - Parameter text: known to be well-formed JSON.
  public static func areWhole(in text: some Sequence<UInt8>) -> Bool {
    var isInString = false
    var isEscaped = false
    var isInNumber = false
    for byte in text {
      if isInString {
        if isEscaped { isEscaped = false } else { (isEscaped, isInString) = (byte == slash, byte != quote) }
        continue
      }
      switch byte {
      case quote: (isInString, isInNumber) = (true, false)
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): isInNumber = true
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): if isInNumber { return false }
      default: isInNumber = false
      }
    }
    return true
  }

  private static let quote = UInt8(ascii: "\"")
  private static let slash = UInt8(ascii: "\\")
}
