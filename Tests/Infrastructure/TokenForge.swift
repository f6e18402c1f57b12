import Crypto
import Foundation

/// Makes access tokens that no service may accept: as a stranger makes them, and, with the signing key, as only a fault
/// of the signer could.
public struct TokenForge: Sendable {
  public struct Forged: Sendable, CustomStringConvertible {
    public let description: String
    public let token: String
    /// Whether it can be sent in a header: a server takes white space off the ends of one.
    public let fitsHeader: Bool

    init(_ description: String, _ token: String, fitsHeader: Bool = true) {
      self.description = description
      self.token = token
      self.fitsHeader = fitsHeader
    }
  }

  private let genuine: String
  private let parts: [String]
  private let key: Curve25519.Signing.PrivateKey
  private let kid: String
  /// Names and JSON values.
  private let claims: [(name: String, value: String)]
  private let now: Int

  /// - Parameters:
  ///   - genuine: a token that is accepted; its user and device are taken over.
  ///   - secret: JWT_SECRET_KEY.
  public init(genuine: String, secret: String, now: Date = Date()) throws {
    struct Claims: Decodable { let iss, sub, sid, scope: String }
    self.genuine = genuine
    parts = genuine.split(separator: ".").map(String.init)
    let seed = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: Data(secret.utf8)), salt: Data(), info: Data("jwt/ed25519/v1".utf8),
      outputByteCount: 32)
    key = try seed.withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
    let x = Self.encode(key.publicKey.rawRepresentation)
    kid = Self.encode(Data(SHA256.hash(data: Data("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(x)\"}".utf8))))
    let body = parts.count == 3 ? Self.decode(parts[1]) : Data()
    let own = try JSONDecoder().decode(Claims.self, from: body)
    self.now = Int(now.timeIntervalSince1970)
    claims = [
      ("iss", Self.text(own.iss)), ("aud", "\"talktime\""), ("sub", Self.text(own.sub)), ("sid", Self.text(own.sid)),
      ("jti", "\"6f2f9a43-9f57-4c1e-a7a3-6f6cf3f4a6f0\""), ("iat", "\(self.now)"), ("exp", "\(self.now + 3_600)"),
      ("auth_time", "\(self.now)"), ("amr", "[\"pwd\"]"), ("scope", Self.text(own.scope)),
    ]
  }

  /// A token of the forge that is accepted: what is refused below is refused for its own fault.
  public var sound: String { signed() }

  /// An expired token has an error code of its own.
  public var expired: [Forged] {
    [
      claim("expired an hour ago", ["iat": "\(now - 7_200)", "exp": "\(now - 3_600)"]),
      claim("expired 31 seconds ago", ["iat": "\(now - 3_600)", "exp": "\(now - 31)"]),
    ]
  }

  /// Accepted, because clocks differ.
  public var withinLeeway: [Forged] {
    [
      claim("expired 20 seconds ago", ["iat": "\(now - 3_600)", "exp": "\(now - 20)"]),
      claim("issued 20 seconds ahead", ["iat": "\(now + 20)"]), claim("valid from now on", ["nbf": "\(now)"]),
    ]
  }

  public var invalid: [Forged] { headers + signatures + spellings + times + identities }

  private var headers: [Forged] {
    let none = ["none", "None", "NONE", "nOnE"].map { algorithm in
      Forged("alg \(algorithm)", "\(header(["alg": "\"\(algorithm)\""])).\(parts[1]).")
    }
    let publicKey = key.publicKey.rawRepresentation
    let secrets = [publicKey, Data(Self.encode(publicKey).utf8), Data(kid.utf8)]
    let confused = secrets.enumerated().map { number, secret in
      let input = "\(header(["alg": "\"HS256\""])).\(parts[1])"
      let code = HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: secret))
      return Forged("HS256 with public key \(number)", "\(input).\(Self.encode(Data(code)))")
    }
    let changes: [(String, [String: String?])] = [
      ("alg none, signed", ["alg": "\"none\""]), ("alg RS256", ["alg": "\"RS256\""]),
      ("alg ES256", ["alg": "\"ES256\""]),
      ("alg in lower case", ["alg": "\"eddsa\""]), ("alg missing", ["alg": nil]), ("alg null", ["alg": "null"]),
      ("alg a list", ["alg": "[\"EdDSA\"]"]), ("kid missing", ["kid": nil]), ("kid empty", ["kid": "\"\""]),
      ("kid unknown", ["kid": "\"\(String(kid.reversed()))\""]), ("kid a number", ["kid": "1"]),
      ("kid a path", ["kid": "\"../../x\""]), ("kid /dev/null", ["kid": "\"/dev/null\""]),
      ("kid with SQL", ["kid": "\"x' OR '1'='1\""]), ("kid with NUL", ["kid": "\"\(kid)\\u0000\""]),
      ("jku", ["jku": "\"https://evil.example/jwks.json\""]), ("x5u", ["x5u": "\"https://evil.example/x5u\""]),
      ("x5c", ["x5c": "[\"MIIB\"]"]), ("crit", ["crit": "[\"exp\"]"]), ("b64", ["b64": "false"]),
      ("jwk", ["jwk": "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(Self.encode(publicKey))\"}"]),
      ("cty", ["cty": "\"JWT\""]), ("zip", ["zip": "\"DEF\""]), ("typ missing", ["typ": nil]),
      ("typ JWT", ["typ": "\"JWT\""]), ("typ at+jwt", ["typ": "\"at+jwt\""]),
      ("typ in capitals", ["typ": "\"TT+JWT\""]),
      ("typ of a refresh token", ["typ": "\"refresh\""]),
    ]
    return none + confused + changes.map { Forged($0.0, signed(header($0.1))) }
  }

  private var signatures: [Forged] {
    let foreign = Curve25519.Signing.PrivateKey()
    let head = parts[0]
    var flipped = Self.decode(parts[2])
    flipped[flipped.startIndex] ^= 1
    let changed = Self.encode(Data(payload(["sub": "\"\(UUID().uuidString.lowercased())\""]).utf8))
    let bigger = Self.encode(Data(payload(["scope": "\"operator\""]).utf8))
    return [
      Forged("a flipped bit", "\(head).\(parts[1]).\(Self.encode(flipped))"),
      Forged("no signature", "\(head).\(parts[1])."),
      Forged("half a signature", "\(head).\(parts[1]).\(parts[2].prefix(43))"),
      Forged("a signature of zeros", "\(head).\(parts[1]).\(Self.encode(Data(count: 64)))"),
      Forged("a longer signature", "\(head).\(parts[1]).\(Self.encode(Self.decode(parts[2]) + Data(count: 3)))"),
      Forged("another's key", signed(header([:]), payload([:]), foreign)),
      Forged("another user", "\(head).\(changed).\(parts[2])"),
      Forged("an operator", "\(head).\(bigger).\(parts[2])"),
    ]
  }

  private var spellings: [Forged] {
    [
      // The last character of a 64-byte signature has four unused bits, so other spellings have the same bytes.
      Forged("another spelling", "\(parts[0]).\(parts[1]).\(parts[2].dropLast())\(respelled(parts[2].last))"),
      Forged("padding", genuine + "="), Forged("padding in the middle", "\(parts[0]).\(parts[1])=.\(parts[2])"),
      Forged("two segments", "\(parts[0]).\(parts[1])"), Forged("four segments", genuine + ".x"),
      Forged("five segments", "\(genuine).\(parts[1]).\(parts[2])"), Forged("a dot at the end", genuine + "."),
      Forged("a dot at the beginning", "." + genuine), Forged("one word", "token"), Forged("two dots", ".."),
      Forged("too long", String(repeating: "a", count: 5_000)),
      Forged("a long third segment", genuine + String(repeating: "A", count: 4_096)),
      Forged("standard base64", genuine.replacing("-", with: "+").replacing("_", with: "/") + "+"),
      Forged("a tilde", genuine + "~"), Forged("percent signs", genuine.replacing(".", with: "%2E")),
      Forged("a newline", "\(parts[0]).\(parts[1])\n.\(parts[2])", fitsHeader: false),
      Forged("a newline at the end", genuine + "\n", fitsHeader: false),
      Forged("a space at the end", genuine + " ", fitsHeader: false),
      Forged("a space before", " " + genuine, fitsHeader: false),
      Forged("a space inside", "\(parts[0]). \(parts[1]).\(parts[2])"),
      Forged("NUL", genuine + "\u{0}", fitsHeader: false), Forged("empty", "", fitsHeader: false),
      Forged("a body that is no JSON", signed(header([:]), "claims")),
      Forged("a list as body", signed(header([:]), "[]")), Forged("an empty body", signed(header([:]), "")),
      Forged("a header that is no JSON", signed(Self.encode(Data("header".utf8)))),
      Forged("a refresh token", "tt_r_" + Self.encode(Data(count: 64))),
    ]
  }

  private func respelled(_ last: Character?) -> Character {
    switch last {
    case "A": "B"
    case "Q": "R"
    case "g": "h"
    default: "x"
    }
  }

  private var times: [Forged] {
    [
      claim("no exp", ["exp": nil]), claim("exp null", ["exp": "null"]),
      claim("exp a string", ["exp": "\"\(now + 60)\""]),
      claim("exp a float", ["exp": "\(now + 60).0"]), claim("exp a fraction", ["exp": "\(now + 60).5"]),
      claim("exp with an exponent", ["exp": "2e9"]), claim("exp 1e400", ["exp": "1e400"]),
      claim("exp beyond 64 bits", ["exp": "18446744073709551616"]), claim("exp the largest", ["exp": "\(Int64.max)"]),
      claim("exp the smallest", ["exp": "\(Int64.min)"]), claim("exp a list", ["exp": "[\(now + 60)]"]),
      claim("exp true", ["exp": "true"]), claim("a life of a year", ["exp": "\(now + 365 * 86_400)"]),
      claim("a second more than a day", ["exp": "\(now + 86_401)"]), claim("no life", ["exp": "\(now)"]),
      claim("an operator without a role", ["exp": "\(now + 600)", "scope": "\"operator\""]),
      claim("a role without the scope", ["role": "\"admin\""]),
      claim("an unknown role", ["exp": "\(now + 600)", "scope": "\"operator\"", "role": "\"root\""]),
      claim("a list of roles", ["exp": "\(now + 600)", "scope": "\"operator\"", "role": "[\"admin\"]"]),
      claim("an operator's day", ["exp": "\(now + 86_400)", "scope": "\"operator\"", "role": "\"admin\""]),
      claim("no iat", ["iat": nil]), claim("iat a string", ["iat": "\"\(now)\""]),
      claim("iat a float", ["iat": "\(now).0"]),
      claim("iat with an exponent", ["iat": "1e9"]), claim("iat ahead", ["iat": "\(now + 90)"]),
      claim("iat the smallest", ["iat": "\(Int64.min)"]), claim("nbf ahead", ["nbf": "\(now + 90)"]),
      claim("nbf a string", ["nbf": "\"\(now)\""]), claim("nbf a float", ["nbf": "\(now).0"]),
      claim("nbf 1e400", ["nbf": "1e400"]), claim("auth_time a float", ["auth_time": "\(now).5"]),
      claim("no auth_time", ["auth_time": nil]),
    ]
  }

  private var identities: [Forged] {
    func value(_ name: String) -> String { claims.first { $0.name == name }?.value ?? "" }
    let (sub, sid) = (value("sub"), value("sid"))
    return [
      claim("another issuer", ["iss": "\"https://evil.example\""]), claim("no issuer", ["iss": nil]),
      claim("an issuer with a slash", ["iss": "\(value("iss").dropLast())/\""]),
      claim("another audience", ["aud": "\"other\""]), claim("no audience", ["aud": nil]),
      claim("a list of audiences", ["aud": "[\"talktime\"]"]),
      claim("two audiences", ["aud": "[\"talktime\",\"other\"]"]),
      claim("sub in capitals", ["sub": capitals(sub)]), claim("sid in capitals", ["sid": capitals(sid)]),
      claim("sub in braces", ["sub": "\"{\(sub.dropFirst().dropLast())}\""]), claim("no sub", ["sub": nil]),
      claim("sub empty", ["sub": "\"\""]), claim("sub a number", ["sub": "1"]),
      claim("sub with SQL", ["sub": "\"' OR 1=1 --\""]),
      claim("sub without hyphens", ["sub": sub.replacing("-", with: "")]), claim("no sid", ["sid": nil]),
      claim("sid null", ["sid": "null"]), claim("no scope", ["scope": nil]),
      claim("a list of scopes", ["scope": "[\"operator\"]"]),
      claim("amr a text", ["amr": "\"pwd\""]),
    ]
  }

  /// An id with at least one letter, in upper case.
  private func capitals(_ id: String) -> String {
    let text = id.contains { $0.isLetter } ? id : "\"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa\""
    return text.uppercased()
  }

  // MARK: making them

  private func claim(_ name: String, _ changes: [String: String?]) -> Forged {
    Forged(name, signed(header([:]), payload(changes)))
  }

  private func header(_ changes: [String: String?]) -> String {
    let usual = [("alg", "\"EdDSA\""), ("typ", "\"tt+jwt\""), ("kid", "\"\(kid)\"")]
    return Self.encode(Data(Self.object(usual, changes).utf8))
  }

  private func payload(_ changes: [String: String?]) -> String {
    Self.object(claims.map { ($0.name, $0.value) }, changes)
  }

  private static func object(_ usual: [(String, String)], _ changes: [String: String?]) -> String {
    var members = usual.compactMap { name, value -> (String, String)? in
      switch changes[name] {
      case .none: (name, value)
      case .some(.none): nil
      case .some(.some(let other)): (name, other)
      }
    }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) where !usual.contains(where: { $0.0 == name }) {
      if let value { members.append((name, value)) }
    }
    return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  private func signed(
    _ header: String? = nil, _ payload: String? = nil, _ key: Curve25519.Signing.PrivateKey? = nil
  ) -> String {
    let body = Self.encode(Data((payload ?? self.payload([:])).utf8))
    let input = "\(header ?? self.header([:])).\(body)"
    let signature = (try? (key ?? self.key).signature(for: Data(input.utf8))) ?? Data()
    return "\(input).\(Self.encode(signature))"
  }

  private static func text(_ value: String) -> String { "\"\(value)\"" }

  private static func encode(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func decode(_ text: String) -> Data {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)) ?? Data()
  }
}
