import Application
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
    guard WholeJSONNumbers.areWhole(in: buffer.readableBytesView) else {
      throw Problem(.badRequest, code: "invalid_body", detail: "Write numbers whole, without fraction and exponent.")
    }
    return value
  }
}
