import Hummingbird
import NIOCore

extension Request {
  /// Reads a JSON object in which every number is written as a whole number. Money and time are never a float, and the
  /// decoder would take `1e3` and `1.0` for integers.
  /// - Throws: 400 `invalid_body` for a number with a fraction or an exponent; otherwise as `decodeJSON`.
  public func decodeWholeJSON<T: Decodable>(_ type: T.Type) async throws -> T {
    let buffer = try await rawBody()
    var copy = self
    copy.body = .init(buffer: buffer)
    let value = try await copy.decodeJSON(type)
    guard WholeNumbers.hold(in: buffer.readableBytesView) else {
      throw Problem(.badRequest, code: "invalid_body", detail: "Write numbers whole, without fraction and exponent.")
    }
    return value
  }
}

/// Checks the numbers of a JSON text that is known to be well formed.
private enum WholeNumbers {
  static func hold(in text: ByteBufferView) -> Bool {
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
