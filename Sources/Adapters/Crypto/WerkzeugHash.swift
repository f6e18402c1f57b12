import COpenSSL

/// A password hash in the form of Python's werkzeug, `method$salt$hex`: scrypt (RFC 7914) or PBKDF2 (RFC 8018), with
/// the salt's text as its bytes. Accounts from the Flask deployment's tables have such a hash until their next sign-in.
struct WerkzeugHash: Sendable {
  enum Method: Sendable, Equatable {
    case scrypt(n: UInt64, r: UInt64, p: UInt64)
    case pbkdf2(digest: String, iterations: Int32)
  }

  /// Werkzeug's defaults are 32768:8:1 and a million iterations, and OWASP recommends 131072:8:1. Without these limits, a
  /// row of the table could make a sign-in cost gigabytes or minutes.
  static let maximumMemory: UInt64 = 128 << 20
  static let maximumWork: UInt64 = 1 << 20
  static let maximumIterations: Int32 = 2_000_000

  private let method: Method
  private let salt: [UInt8]
  private let key: [UInt8]

  /// Nil for any other form, for parameters beyond the limits, and for a key that is shorter than its method produces.
  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, (1...256).contains(parts[1].utf8.count), let method = Self.method(parts[0]),
      let key = Self.bytes(parts[2]), key.count == Self.keyLength(method)
    else { return nil }
    self.method = method
    self.key = key
    salt = Array(parts[1].utf8)
  }

  /// Takes a tenth of a second or more. Compares in constant time.
  func matches(_ password: [UInt8]) -> Bool {
    guard let made = derive(password) else { return false }
    return CRYPTO_memcmp(made, key, key.count) == 0
  }

  private func derive(_ password: [UInt8]) -> [UInt8]? {
    var made = [UInt8](repeating: 0, count: key.count)
    let length = made.count
    let code = password.withUnsafeBytes { bytes in
      let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      switch method {
      case .scrypt(let n, let r, let p):
        // OpenSSL's own limit, 32 MiB, is slightly less than werkzeug's default needs.
        return EVP_PBE_scrypt(text, bytes.count, salt, salt.count, n, r, p, Self.maximumMemory * 2, &made, length)
      case .pbkdf2(let digest, let iterations):
        guard let function = EVP_get_digestbyname(digest) else { return 0 }
        return PKCS5_PBKDF2_HMAC(
          text, Int32(bytes.count), salt, Int32(salt.count), iterations, function, Int32(length), &made)
      }
    }
    return code == 1 ? made : nil
  }

  private static func method(_ text: Substring) -> Method? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 4, parts[0] == "scrypt" {
      let numbers = parts.dropFirst().compactMap { UInt64($0) }
      guard numbers.count == 3, numbers.allSatisfy({ (1...maximumWork).contains($0) }) else { return nil }
      let (n, r, p) = (numbers[0], numbers[1], numbers[2])
      guard r <= 64, p <= 64, 128 * n * r <= maximumMemory, n * r * p <= maximumWork else { return nil }
      return .scrypt(n: n, r: r, p: p)
    }
    guard parts.count == 3, parts[0] == "pbkdf2", digests[String(parts[1])] != nil, let iterations = Int32(parts[2]),
      (1...maximumIterations).contains(iterations)
    else { return nil }
    return .pbkdf2(digest: String(parts[1]), iterations: iterations)
  }

  /// The accepted digests and the length of each one's key.
  private static let digests = ["sha1": 20, "sha256": 32, "sha512": 64]

  private static func keyLength(_ method: Method) -> Int {
    switch method {
    case .scrypt: 64
    case .pbkdf2(let digest, _): digests[digest] ?? 0
    }
  }

  private static func bytes(_ hex: Substring) -> [UInt8]? {
    let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == hex.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
