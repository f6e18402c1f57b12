import Crypto
import FoundationEssentials

/// Hexadecimal HMAC-SHA256, as Razorpay and ElevenLabs sign.
func hexHMAC(secret: String, message: some Sequence<UInt8>) -> String {
  let code = HMAC<SHA256>.authenticationCode(
    for: Data(message), using: SymmetricKey(data: Data(secret.utf8)))
  return hex(code)
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return bytes.reduce(into: "") { text, byte in
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
}

/// Base64 without padding in the alphabet of JWTs.
func base64URL(_ bytes: some Sequence<UInt8>) -> String {
  String(
    Data(bytes).base64EncodedString().compactMap { character in
      switch character {
      case "+": "-"
      case "/": "_"
      case "=": nil
      default: character
      }
    })
}

/// `name` and `secret` of an HTTP Basic header.
func basicCredentials(_ header: String?) -> (name: String, secret: String)? {
  guard let header, header.lowercased().hasPrefix("basic "),
    let data = Data(base64Encoded: String(header.dropFirst(6))),
    let text = String(bytes: data, encoding: .utf8)
  else { return nil }
  let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
}

func basicHeader(name: String, secret: String) -> String {
  "Basic " + Data("\(name):\(secret)".utf8).base64EncodedString()
}

/// A random identifier in a provider's style: a prefix and letters and digits.
func identifier(_ prefix: String, length: Int) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
  var generator = SystemRandomNumberGenerator()
  return prefix + String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
}

/// Whole seconds since 1970, now.
func unixNow() -> Int { Int(Date().timeIntervalSince1970) }

/// RFC 3339 in UTC with milliseconds.
func timestamp(_ date: Date) -> String {
  date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}
