import Domain
import Testing

@testable import CryptoAdapter

/// Created by werkzeug 3.1.8: `generate_password_hash(password, method=…)`.
enum WerkzeugFixtures {
  static let password = "correct horse battery"
  static let ofPassword = [
    "scrypt:32768:8:1$52Cd1Q6MKCwLk9AG$a2b00ee68d89a3653cf10a619824da42f96d425f7d857728127ba32e13267118b5655b9a5d07d41d018f4e52ed46361fd0c55a01ba24a6f14d1c026dfa6ea7d4",
    "scrypt:16384:8:2$TZENOP4jQ8P2mlK9$7eb18d0024dcf7e2df185637c35aaae8c646d581b1c94375a4f96fed30e7f02152fdf5a5d01e5d21745324ebad5a14bfcac27179871228d5616d48cffbf9ad54",
    "pbkdf2:sha256:1000$6SZCrsV4fa4QEibv$548340162b5e90fe43abd68f581d0b931c9bbfdf88bb9265884ed2e6c85353d5",
    "pbkdf2:sha256:1000000$YoGds8VxpgZjJLlw$b857a35726724830e1c453ccb943529ab5185039c47d4351c856a7b777d80e23",
    "pbkdf2:sha512:1000$5AzRtfczyRQuaOmm$e8d555001340966d7ba367f380cbedd96e6af99e6680e5b4af93f28738546b2bd50b6e3afa4133277f986dbc7c9e7f2dc40b6c72b509e12fd0906fcc1cfd99e5",
    "pbkdf2:sha1:1000$QRIJ8bezG6vgOGOP$318247c0218d4ebd53d38d4d78238bf6f1be770c",
  ]
  /// With OWASP's parameters for scrypt. Created by Python's `hashlib.scrypt`.
  static let strong =
    "scrypt:131072:8:1$Zq3xV9mB2kLw7TnR$5fdf67cceb3fdd764428e39ddb70b51e0e251316311a9d366abf66e0fc23949e76dca81aacd5d00002384cfb9f15207ea2ed0e87c0fff30e3905e3282ca71f6f"
  /// Letters of more than one byte.
  static let foreign = "pässwörd ☕"
  static let ofForeign = [
    "scrypt:16384:8:2$72rFFDjGgB8afIUh$69c4fd564c7e78ee26214ff2e5491e32d36564a7192d93842f465392cd7cb948958c5e589df6863806fed8a50ec53ec6d7be05d02de3a0a2566114c340fb8e23",
    "pbkdf2:sha256:1000$bg3PWuCYoBkMTkee$1668da649e6d9d1e5921d43eb0f8180ff311bb2b4dab1bf3ccd4d04a267198c8",
  ]
  static let ofNothing =
    "scrypt:1024:8:1$Bplk9e6lneMw9LbF$669123cde00be2c7ac480823ae09fb1f86b74e8f26aeb3bb9f719fbf5879532d2cce70c404c59def208cff55868d7811cd473a89d9acee5c4bd4496889ba65d2"
  /// The hash of 2,000 letters x.
  static let ofLong =
    "pbkdf2:sha256:1000$gl6AabD5HB2aLZcZ$091abc08cefc0b08e168891cc8403300948ea7a357092900ff18b23839052a1f"
}

@Suite("Password hashes")
struct PasswordHashTests {
  private let passwords: Argon2PasswordHasher

  init() throws { passwords = try Argon2PasswordHasher(random: SystemRandom()) }

  @Test("a current Argon2id hash matches its password only, and is not outdated")
  func argon2() async throws {
    let hash = try await passwords.hash(Password("correct horse"))
    #expect(try await passwords.verify("correct horse", against: hash))
    #expect(try await !passwords.verify("correct horsf", against: hash))
    #expect(!passwords.isOutdated(hash))
    for weaker in ["m=4096,t=2", "m=19456,t=1", "m=65536,t=1"] {
      #expect(passwords.isOutdated(hash.replacing("m=19456,t=2", with: weaker)))
    }
    #expect(!passwords.isOutdated(hash.replacing("m=19456,t=2", with: "m=65536,t=3")))
  }

  @Test("a hash with stronger parameters than the recommended ones matches, and makes weaker hashes outdated")
  func stronger() async throws {
    let stronger = try Argon2PasswordHasher(
      random: SystemRandom(), parameters: Argon2Parameters(memoryKiB: 20_000, passes: 3))
    let (weak, strong) = (
      try await passwords.hash(Password("correct horse")), try await stronger.hash(Password("correct horse"))
    )
    #expect(strong.hasPrefix("$argon2id$v=19$m=20000,t=3,p=1$"))
    for hash in [weak, strong] {
      for hasher in [passwords, stronger] { #expect(try await hasher.verify("correct horse", against: hash)) }
    }
    #expect(stronger.isOutdated(weak) && !stronger.isOutdated(strong) && !passwords.isOutdated(strong))
  }

  /// Made by argon2-cffi 25.1 with one, two and four lanes.
  static let ofOthers: [String] = [
    "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBpbg$5P61LQZER1daYwrQsD8u+uNN7HHQgq265oVFhfKlWFA",
    "$argon2id$v=19$m=19456,t=2,p=2$c2l4dGVlbiBieXRlcyBpbg$spAlkaw2YKHcbtNlpcqnMbpjQ6dd0sQr1iLVyIQrC2Q",
    "$argon2id$v=19$m=19456,t=2,p=4$c2l4dGVlbiBieXRlcyBpbg$9KC+vmPKiomNMff3hZc9hW0/Nkd2kENwkCsg/jlldtU",
  ]

  @Test("another library's Argon2id hash matches its password only", arguments: ofOthers)
  func foreignArgon2(hash: String) async throws {
    #expect(try await passwords.verify("a quiet mountain lake", against: hash))
    #expect(try await !passwords.verify("a quiet mountain lakes", against: hash))
    #expect(try await !passwords.verify("", against: hash))
    #expect(passwords.isOutdated(hash) == !hash.contains("p=1"))
  }

  @Test("with one password and salt, the hash is the other library's")
  func sameAsForeign() {
    let made = Argon2PasswordHasher.hash(
      Array("a quiet mountain lake".utf8), salt: Array("sixteen bytes in".utf8), .recommended)
    #expect(made == Self.ofOthers[0])
    #expect(Argon2PasswordHasher.hash([], salt: Array("too short".utf8), .recommended) == nil)
  }

  @Test("an Argon2id hash is compared with the whole text")
  func whole() async throws {
    let long = String(repeating: "\u{1F511}", count: 256)
    let hash = try await passwords.hash(Password(long))
    #expect(try await passwords.verify(long, against: hash))
    #expect(try await !passwords.verify(long + "x", against: hash))
  }

  @Test(
    "a werkzeug hash matches its password only, and is outdated",
    arguments: WerkzeugFixtures.ofPassword + [WerkzeugFixtures.strong])
  func werkzeug(hash: String) async throws {
    #expect(try await passwords.verify(WerkzeugFixtures.password, against: hash))
    #expect(try await !passwords.verify(WerkzeugFixtures.password + " ", against: hash))
    let flipped = String(hash.dropLast()) + (hash.last == "0" ? "1" : "0")
    #expect(try await !passwords.verify(WerkzeugFixtures.password, against: flipped))
    #expect(passwords.isOutdated(hash))
  }

  @Test("werkzeug hashes of other alphabets, of an empty password and of 2,000 letters match, too")
  func unusual() async throws {
    for hash in WerkzeugFixtures.ofForeign {
      #expect(try await passwords.verify(WerkzeugFixtures.foreign, against: hash))
      #expect(try await !passwords.verify("password", against: hash))
    }
    #expect(try await passwords.verify("", against: WerkzeugFixtures.ofNothing))
    let long = String(repeating: "x", count: 2_000)
    #expect(try await passwords.verify(long, against: WerkzeugFixtures.ofLong))
    #expect(try await !passwords.verify(String(long.dropLast()), against: WerkzeugFixtures.ofLong))
  }

  /// Hashes that would take gigabytes or minutes, and texts that are no hash.
  static let refused: [String] = [
    "scrypt:1048576:8:1", "scrypt:32768:64:1", "scrypt:32768:8:64", "scrypt:18446744073709551615:8:1", "scrypt:0:8:1",
    "scrypt:32767:8:1", "scrypt:32768:0:1", "scrypt:32768:8:0", "scrypt:32768:8:-1", "scrypt:32768:8", "scrypt",
    "pbkdf2:sha256:2000001", "pbkdf2:sha256:99999999999", "pbkdf2:sha256:0", "pbkdf2:sha256:-5", "pbkdf2:sha256",
    "pbkdf2:md5:1000", "pbkdf2:whirlpool:1000", "plain", "",
  ]

  @Test("a hash with parameters out of bounds is invalid, so nothing is computed", arguments: refused)
  func bounds(method: String) async throws {
    for length in [64, 32, 20] {
      let hash = "\(method)$salt$\(String(repeating: "00", count: length))"
      let isRead = WerkzeugHash(hash) != nil
      // Only OpenSSL checks whether the number is a power of two.
      #expect(isRead == (method == "scrypt:32767:8:1" && length == 64))
      #expect(try await !passwords.verify("correct horse", against: hash))
    }
  }

  /// Costs, and whether a hash with them is compared: others would take gigabytes or days, or are none.
  static let costs: [(String, Bool)] = [
    ("m=1048576,t=4,p=1", true), ("m=41943,t=100,p=1", true), ("m=128,t=1,p=16", true),
    ("m=1048576,t=5,p=1", false), ("m=1048577,t=1,p=1", false), ("m=19456,t=101,p=1", false),
    ("m=64,t=4294967295,p=1", false), ("m=2147483648,t=2147483648,p=1", false), ("m=67108864,t=1,p=1", false),
    ("m=19456,t=2,p=17", false), ("m=127,t=1,p=16", false), ("m=7,t=1,p=1", false), ("m=19456,t=0,p=1", false),
    ("m=19456,t=2,p=0", false), ("m=-19456,t=2,p=1", false), ("m=19456,t=2", false), ("t=2,m=19456,p=1", false),
    ("m=19456,t=2,p=1,data=AA", false), ("", false),
  ]

  @Test("an Argon2id hash with parameters out of bounds is not computed, and matches nothing", arguments: costs)
  func argon2Bounds(costs: String, isRead: Bool) async throws {
    let hash = "$argon2id$v=19$\(costs)$c2l4dGVlbiBieXRlcyBpbg$5P61LQZER1daYwrQsD8u+uNN7HHQgq265oVFhfKlWFA"
    #expect((Argon2Hash(hash) != nil) == isRead)
    if !isRead { #expect(try await !passwords.verify("a quiet mountain lake", against: hash)) }
  }

  @Test("an Argon2id hash with a short salt or key, or in another form, matches nothing")
  func argon2Forms() async throws {
    let (salt, key) = ("c2l4dGVlbiBieXRlcyBpbg", "5P61LQZER1daYwrQsD8u+uNN7HHQgq265oVFhfKlWFA")
    let head = "$argon2id$v=19$m=19456,t=2,p=1"
    #expect(Argon2Hash("\(head)$\(salt)$\(key)")?.salt == Array("sixteen bytes in".utf8))
    #expect(Argon2Hash("\(head)$\(salt)$\(key)")?.key.count == 32)
    for hash in [
      "\(head)$\(salt)$5P61", "\(head)$\(salt)$", "\(head)$AAAA$\(key)", "\(head)$\(salt)",
      "\(head)$\(salt)$\(key)$",
      "\(head)$\(salt)$\(key)\(String(repeating: "A", count: 256))", "$argon2id$m=19456,t=2,p=1$\(salt)$\(key)",
      "$argon2i$v=19$m=19456,t=2,p=1$\(salt)$\(key)", "$argon2id$", "$argon2id$$$$$",
    ] {
      #expect(Argon2Hash(hash) == nil, "\(hash)")
      #expect(try await !passwords.verify("a quiet mountain lake", against: hash))
    }
  }

  @Test("without a hash for unknown addresses there is no hasher: their answers would come at once")
  func noDecoy() {
    #expect(throws: PasswordHashingError.failed) {
      try Argon2PasswordHasher(random: SystemRandom(), parameters: Argon2Parameters(memoryKiB: 19_456, passes: 0))
    }
  }

  @Test("a hash with a key that is too short is invalid: one password in a few would match it")
  func shortKeys() async throws {
    for hash in WerkzeugFixtures.ofPassword {
      let parts = hash.split(separator: "$")
      for key in [
        "", String(parts[2].prefix(2)), String(parts[2].dropLast(2)), parts[2] + "00", "zz" + parts[2].dropFirst(2),
      ] {
        #expect(try await !passwords.verify(WerkzeugFixtures.password, against: "\(parts[0])$\(parts[1])$\(key)"))
      }
    }
  }

  @Test("a hash of an unknown form matches nothing, and neither does a missing one")
  func unknown() async throws {
    for hash in ["$2b$12$abcdefghijklmnopqrstuuJYw8nE4hFf3Z3xwQm0iQ0QZ0Q0Q0Q0Q", "correct horse", "", nil] {
      for password in ["correct horse", ""] { #expect(try await !passwords.verify(password, against: hash)) }
    }
  }
}
