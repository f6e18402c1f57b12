import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The rules of passkeys")
struct PasskeyRulesTests {
  private let fake = FakePasskeyCryptography()
  private let soft = SoftAuthenticator(user: UserID(UUID()))
  private let rules: PasskeyRules

  init() {
    let relyingParty = PasskeyRelyingParty(publicURL: "https://talk.example")
    rules = PasskeyRules(relyingParty, hash: fake.sha256(Array("talk.example".utf8)))
  }

  private func problem(_ body: () throws -> Void) -> PasskeyProblem? {
    do {
      try body()
      return nil
    } catch { return error as? PasskeyProblem }
  }

  private func registration(
    client: [UInt8]? = nil, flags: SoftAuthenticator.Flags = SoftAuthenticator.usual, attested: Bool = true,
    relyingParty: String? = nil, format: String = "none", statement: [UInt8] = [0xA0], more: [UInt8] = [],
    id: [UInt8]? = nil, isAutomatic: Bool = false, soft other: SoftAuthenticator? = nil
  ) throws -> NewPasskeyCredential {
    let soft = other ?? self.soft
    let data = soft.authenticatorData(
      flags: flags, counter: 7, attested: attested, relyingParty: relyingParty, more: more)
    return try rules.newPasskey(
      try CollectedClientData(client ?? soft.clientData("webauthn.create", "c")),
      attestation: soft.attestation(data, format: format, statement: statement), id: id ?? soft.credentialID,
      isAutomatic: isAutomatic)
  }

  private func signIn(
    client: [UInt8]? = nil, flags: SoftAuthenticator.Flags = SoftAuthenticator.usual, relyingParty: String? = nil,
    wasBackupEligible: Bool = false, more: [UInt8] = []
  ) throws {
    let data = soft.authenticatorData(flags: flags, relyingParty: relyingParty, more: more)
    try rules.signIn(
      try CollectedClientData(client ?? soft.clientData("webauthn.get", "c")), try AuthenticatorData(data),
      wasBackupEligible: wasBackupEligible)
  }

  @Test("a new passkey is read from the authenticator's answer")
  func registered() throws {
    let made = try registration(flags: [.userPresent, .userVerified, .backupEligible, .backedUp])
    #expect(made.id == soft.credentialID && made.cose == soft.publicKey && made.counter == 7)
    #expect(made.publicKey.algorithm == -7 && made.isBackupEligible && made.isBackedUp)
    let plain = try registration()
    #expect(!plain.isBackupEligible && !plain.isBackedUp)
  }

  @Test("extensions of an authenticator are passed over")
  func extensions() throws {
    let flags = SoftAuthenticator.usual.union(.extensions)
    let more: [UInt8] = [0xA1, 0x6B] + Array("credProtect".utf8) + [2]
    #expect(try registration(flags: flags, more: more).id == soft.credentialID)
    try signIn(flags: flags, more: more)
    #expect(problem { _ = try registration(flags: flags) } == .malformedAuthenticatorData)
    #expect(problem { _ = try registration(flags: flags, more: [2]) } == .malformedAuthenticatorData)
    #expect(problem { _ = try registration(more: more) } == .malformedAuthenticatorData)
    #expect(problem { _ = try registration(flags: flags, more: more + [0]) } == .malformedAuthenticatorData)
  }

  @Test("the format none has no statement, and another format's statement is not looked at")
  func statements() throws {
    #expect(problem { _ = try registration(statement: [0xA1, 1, 1]) } == .malformedAttestation)
    #expect(problem { _ = try registration(statement: [0x80]) } == .malformedAttestation)
    #expect(try registration(format: "packed", statement: [0xA1, 0x63, 0x73, 0x69, 0x67, 0x41, 1]).counter == 7)
    #expect(problem { _ = try registration(format: "packed", statement: [0xF6]) } == .malformedAttestation)
  }

  @Test("without a question to the user nobody needs to be there")
  func automatic() throws {
    #expect(try registration(flags: [], isAutomatic: true).counter == 7)
    #expect(problem { _ = try registration(flags: []) } == .userAbsent)
    #expect(problem { _ = try registration(flags: [.userPresent]) } == .userNotVerified)
    #expect(problem { _ = try registration(flags: [.backedUp], isAutomatic: true) } == .backupFlags)
  }

  @Test("a new passkey has an id of 16 to 1023 bytes, which is the one that the client names")
  func ids() throws {
    func soft(_ size: Int) -> SoftAuthenticator {
      SoftAuthenticator(
        user: UserID(UUID()), credentialID: Array(repeating: 3, count: size), publicKey: SoftAuthenticator.es256(7),
        publicURL: "https://talk.example", hash: { FakePasskeyCryptography().sha256($0) }, sign: { $0 })
    }
    for size in [16, 64, 255, 256, 1_023] { #expect(try registration(soft: soft(size)).id.count == size) }
    for size in [0, 1, 15, 1_024, 4_096] {
      #expect(problem { _ = try registration(soft: soft(size)) } == .credentialIDSize)
    }
    #expect(problem { _ = try registration(id: [1]) } == .noCredential)
    #expect(problem { _ = try registration(attested: false) } == .noCredential)
  }

  /// Each is refused for both.
  private static let clients: [(String, PasskeyProblem)] = [
    ("", .malformedClientData), ("{", .malformedClientData), ("[]", .malformedClientData), ("{}", .malformedClientData),
    ("null", .malformedClientData),
    (" {\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"ORIGIN\"}", .malformedClientData),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\"}", .malformedClientData),
    ("{\"type\":\"TYPE\",\"challenge\":1,\"origin\":\"ORIGIN\"}", .malformedClientData),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"ORIGIN\",\"crossOrigin\":\"no\"}", .malformedClientData),
    ("{\"type\":\"webauthn.other\",\"challenge\":\"c\",\"origin\":\"ORIGIN\"}", .wrongType),
    ("{\"type\":\"OTHER\",\"challenge\":\"c\",\"origin\":\"ORIGIN\"}", .wrongType),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"https://evil.example\"}", .foreignOrigin),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"https://login.talk.example\"}", .foreignOrigin),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"http://talk.example\"}", .foreignOrigin),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"https://talk.example:8443\"}", .foreignOrigin),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"https://talk.example/\"}", .foreignOrigin),
    ("{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"ORIGIN\",\"crossOrigin\":true}", .foreignOrigin),
    (
      "{\"type\":\"TYPE\",\"challenge\":\"c\",\"origin\":\"ORIGIN\",\"topOrigin\":\"https://evil.example\"}",
      .foreignOrigin
    ),
  ]

  @Test("a page of another site is refused, and so is what is for the other purpose", arguments: clients)
  func client(text: String, expected: PasskeyProblem) {
    for (type, other) in [("webauthn.create", "webauthn.get"), ("webauthn.get", "webauthn.create")] {
      let written = text.replacing("TYPE", with: type).replacing("OTHER", with: other)
        .replacing("ORIGIN", with: "https://talk.example")
      let client = Array(written.utf8)
      let found = problem {
        if type == "webauthn.create" { _ = try registration(client: client) } else { try signIn(client: client) }
      }
      #expect(found == expected)
    }
  }

  @Test("unknown members and a long text are handled")
  func members() throws {
    let more = ",\"crossOrigin\":false,\"other_keys_can_be_added_here\":[1,{\"a\":null}]"
    try signIn(client: soft.clientData("webauthn.get", "c", more: more))
    let long = ",\"x\":\"\(String(repeating: "x", count: 4_096))\""
    #expect(problem { try signIn(client: soft.clientData("webauthn.get", "c", more: long)) } == .malformedClientData)
    let wide: [UInt8] = soft.clientData("webauthn.get", "c").flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
    #expect(problem { try signIn(client: wide) } == .malformedClientData)
  }

  @Test("a sign-in needs our site, a verified user, and flags that agree with the registration")
  func signsIn() throws {
    try signIn()
    try signIn(flags: [.userPresent, .userVerified, .backupEligible], wasBackupEligible: true)
    #expect(problem { try signIn(relyingParty: "evil.example") } == .wrongRelyingParty)
    #expect(problem { try signIn(flags: [.userVerified]) } == .userAbsent)
    #expect(problem { try signIn(flags: [.userPresent]) } == .userNotVerified)
    #expect(problem { try signIn(flags: [.userPresent, .userVerified, .backedUp]) } == .backupFlags)
    #expect(problem { try signIn(wasBackupEligible: true) } == .backupFlags)
    #expect(problem { try signIn(flags: [.userPresent, .userVerified, .backupEligible]) } == .backupFlags)
    #expect(problem { _ = try registration(relyingParty: "evil.example") } == .wrongRelyingParty)
  }

  @Test(
    "a counter grows, or stays zero",
    arguments: [
      (0, 0, true), (0, 1, true), (1, 2, true), (7, .max, true), (1, 1, false), (2, 1, false), (1, 0, false),
      (.max, 0, false), (.max, .max, false),
    ] as [(UInt32, UInt32, Bool)])
  func counters(stored: UInt32, next: UInt32, isGood: Bool) {
    #expect(PasskeyRules.canFollow(next, after: stored) == isGood)
  }

  @Test(
    "the relying party is the host of our address, and the origin is spelled as browsers do",
    arguments: [
      ("https://talk.example", "talk.example", "https://talk.example"),
      ("https://Talk.Example:443", "talk.example", "https://talk.example"),
      ("https://talk.example:8443/x", "talk.example", "https://talk.example:8443"),
      ("http://localhost:8080", "localhost", "http://localhost:8080"),
      ("http://localhost:80", "localhost", "http://localhost"), ("http://[::1]:8080", "[::1]", "http://[::1]:8080"),
    ])
  func relyingParty(url: String, id: String, origin: String) {
    let relyingParty = PasskeyRelyingParty(publicURL: url)
    #expect(relyingParty.id == id && relyingParty.origin == origin)
  }

  @Test("a user's handle is the 16 bytes of the id")
  func handle() throws {
    let user = try #require(UserID("7d444840-9dc0-11d1-b245-5ffdce74fad2"))
    #expect(user.passkeyHandle.count == 16 && user.passkeyHandle.prefix(4) == [0x7D, 0x44, 0x48, 0x40])
    #expect(user.passkeyHandle.suffix(2) == [0xFA, 0xD2])
  }

  @Test("a passkey's name has 1 to 100 code points on one line")
  func names() {
    #expect(PasskeyName("Phone")?.text == "Phone" && PasskeyName.usual.text == "Passkey")
    #expect(PasskeyName(String(repeating: "n", count: 100)) != nil)
    for text in ["", String(repeating: "n", count: 101), "a\nb", "a\u{2028}b"] { #expect(PasskeyName(text) == nil) }
  }
}
