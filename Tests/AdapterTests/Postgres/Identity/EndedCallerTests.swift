import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("What is asked for by a device that has ended meanwhile", .serialized)
struct EndedCallerTests {
  enum Ending: CaseIterable { case passwordChange, disabling }

  /// An account whose address is not proven, with a passkey and an app that waits for its first code.
  private struct World: Sendable {
    let pool: PostgresPool
    let user: UserID
    let device: DeviceID
    let passkey: PasskeyID

    var copy: RecordedRevocations { RecordedRevocations() }
    var google: PostgresGoogleLinkRepository { PostgresGoogleLinkRepository(database: pool, copy: copy) }
    var factors: PostgresTOTPFactorRepository { PostgresTOTPFactorRepository(database: pool, copy: copy) }
    var passkeys: PostgresPasskeyRepository { PostgresPasskeyRepository(database: pool) }
    var links: PostgresMailedAccountLinkRepository { PostgresMailedAccountLinkRepository(database: pool) }
    var changes: PostgresPasswordAndEmailRepository { PostgresPasswordAndEmailRepository(database: pool, copy: copy) }
    var deletions: PostgresAccountDeletionRepository { PostgresAccountDeletionRepository(database: pool, copy: copy) }
    var choices: PostgresCarePlanMailChoiceRepository { PostgresCarePlanMailChoiceRepository(database: pool) }

    func storedHash() async throws -> String {
      try await pool.query("SELECT password_hash FROM users WHERE id = \(user.uuid)").rows.first?
        .get("password_hash", as: String?.self) ?? ""
    }

    func openLinks(_ purpose: MailedAccountLinkPurpose) async throws -> Int {
      try await pool.query(
        "SELECT count(*) AS n FROM account_links WHERE purpose = \(purpose.rawValue) AND used_at IS NULL"
      ).rows.first?.get("n") ?? -1
    }

    /// What the acts change.
    func state() async throws -> String {
      let row = try await pool.query(
        """
        SELECT concat_ws(' ', email, password_hash, google_sub, care_plan_mail, deleted_at,
          (SELECT string_agg(name, ',' ORDER BY id) FROM passkeys),
          (SELECT encode(sealed_secret, 'hex') || (confirmed_at IS NOT NULL) || created_at FROM totp_factors),
          (SELECT count(*) FROM recovery_codes), (SELECT count(*) FROM account_links),
          (SELECT count(*) FROM link_quotas), (SELECT count(*) FROM devices WHERE ended_at IS NULL),
          (SELECT count(*) FROM outbox), (SELECT count(*) FROM security_events)) AS state
        FROM users WHERE id = \(user.uuid)
        """
      ).rows.first
      return try #require(row).get("state")
    }

    static func credential(_ byte: UInt8) throws -> NewPasskeyCredential {
      let cose = SoftAuthenticator.es256(byte)
      return NewPasskeyCredential(
        id: Array(repeating: byte, count: 16), publicKey: try PasskeyPublicKey(cose: cose), cose: cose, counter: 0,
        isBackupEligible: false, isBackedUp: false)
    }

    static func with(_ body: @Sendable (World) async throws -> Void) async throws {
      try await withMigratedDatabase { database in
        let (pool, device) = (database.pool, DeviceID(UUID()))
        let account = try await PostgresAccountRepository(database: pool).create(
          NewAccount(
            email: try #require(EmailAddress("asha@example.com")), name: "Asha", passwordHash: "hash",
            googleSubject: nil, emailVerified: false),
          device: NewDevice(
            id: device, tokenHash: [1], authenticatedAt: Date(), methods: ["pwd"], userAgent: nil, network: nil))
        let added = try await PostgresPasskeyRepository(database: pool).add(
          try credential(1), name: "Phone", transports: [], to: account.id)
        guard case .added(let passkey) = added else { throw IdentityError.unavailable }
        let world = World(pool: pool, user: account.id, device: device, passkey: passkey.id)
        try #require(try await world.factors.begin([7], of: world.user))
        // The verification of a new account counts as a mail to the address.
        try await pool.query("DELETE FROM link_quotas")
        try await body(world)
      }
    }
  }

  /// An act of a signed-in user that changes a way to sign in, removes the account, or makes a mailed link or code.
  private struct Act: Sendable {
    /// The repository without `Postgres` and `Repository`, with the function and its first label.
    let function: String
    /// - Returns: whether it was done.
    let isDone: @Sendable (World) async throws -> Bool

    init(_ function: String, isDone: @escaping @Sendable (World) async throws -> Bool) {
      self.function = function
      self.isDone = isDone
    }
  }

  /// In an order in which an open device can do all of them.
  private static let acts: [Act] = [
    Act("TOTPFactor.begin(_") { try await $0.factors.begin([7], of: $0.user) },
    Act("TOTPFactor.confirm(_") {
      try await $0.factors.confirm(
        [7], step: 1, recoveryHashes: [Array(repeating: 1, count: 32)], of: $0.user, keeping: $0.device)
    },
    Act("TOTPFactor.remove(_") { world in
      try await world.factors.remove(world.user)
      return try await world.factors.attempt(world.user) == .noFactor
    },
    Act("GoogleLink.link(googleSubject") {
      try await $0.google.link(googleSubject: "g1", to: $0.user) == .linked
    },
    Act("GoogleLink.unlink(_") { try await $0.google.unlink($0.user) == .unlinked },
    Act("Passkey.add(_") { world in
      let result = try await world.passkeys.add(
        try World.credential(2), name: "Laptop", transports: [], to: world.user)
      if case .added = result { return true }
      return false
    },
    Act("Passkey.remove(_") { try await $0.passkeys.remove($0.passkey, of: $0.user) == .removed },
    Act("PasswordAndEmail.changePassword(of") { world in
      let old = try await world.storedHash()
      try await world.changes.changePassword(of: world.user, from: old, to: "third", keeping: world.device)
      return try await world.storedHash() == "third"
    },
    Act("CarePlanMailChoice.chooseCarePlanMail(_") { world in
      try await world.choices.chooseCarePlanMail(.full, by: world.user)
      return try await world.choices.carePlanMail(of: world.user) == .full
    },
    Act("MailedAccountLink.requestVerification(of") { world in
      let before = try await world.openLinks(.verifyEmail)
      try await world.links.requestVerification(of: world.user)
      return try await world.openLinks(.verifyEmail) == before + 1
    },
    Act("MailedAccountLink.requestReauthentication(of") { world in
      try await world.links.requestReauthentication(of: world.user)
      return try await world.openLinks(.reauthenticate) == 1
    },
    Act("MailedAccountLink.requestEmailChange(of") { world in
      let address = try #require(EmailAddress("new@example.com"))
      try await world.links.requestEmailChange(of: world.user, to: address)
      return try await world.openLinks(.changeEmail) == 1
    },
    Act("AccountDeletion.delete(_") { world in
      let proof = OwnershipProof.password(hash: try await world.storedHash())
      return try await world.deletions.delete(world.user, provenBy: proof, forfeitsBalance: true) == .deleted
    },
  ]

  @Test("it changes no way to sign in, removes nothing and makes no mailed link", arguments: Ending.allCases)
  func ended(ending: Ending) async throws {
    try await World.with { world in
      switch ending {
      case .passwordChange:
        try await world.changes.changePassword(of: world.user, from: "hash", to: "second", keeping: DeviceID(UUID()))
      case .disabling:
        let reason = try #require(Reason("a theft"))
        _ = try await PostgresUserAdministration(database: world.pool, copy: world.copy).disable(
          world.user, reason: reason, actor: "cli:test")
      }
      let before = try await world.state()
      let origin = RequestOrigin(requestID: "r1", network: nil, device: world.device)
      try await RequestOrigin.$current.withValue(origin) { () async throws in
        for act in Self.acts {
          await #expect(throws: IdentityError.invalidToken, "\(act.function)") { _ = try await act.isDone(world) }
          #expect(try await world.state() == before, "\(act.function)")
        }
      }
    }
  }

  @Test("a device that is open can do each of it")
  func open() async throws {
    try await World.with { world in
      let origin = RequestOrigin(requestID: "r1", network: nil, device: world.device)
      try await RequestOrigin.$current.withValue(origin) { () async throws in
        for act in Self.acts {
          let isDone = try await act.isDone(world)
          #expect(isDone, "\(act.function)")
        }
      }
    }
  }

  @Test("whoever is not signed in on a device, such as an operator at a console, is not asked for one")
  func withoutDevice() async throws {
    try await World.with { world in
      for act in Self.acts {
        let isDone = try await act.isDone(world)
        #expect(isDone, "\(act.function)")
      }
    }
  }

  /// The functions of identity's repositories that need no open device of their caller.
  private static let others: Set<String> = [
    // They read.
    "Account.account(_", "Account.account(email", "Account.account(googleSubject", "CarePlanMailChoice.carePlanMail(of",
    "Device.device(holding", "Device.revocations(within", "Device.signedIn(_", "MailedAccountLink.link(_",
    "Passkey.passkey(credentialID", "Passkey.passkeys(of", "TOTPFactor.pending(_",
    // They are for whoever need not be signed in: for a new account, or by a password, a credential, a refresh token, a
    // mailed link or a code.
    "Account.create(_", "Account.replacePasswordHash(_", "Device.open(_", "Device.rotate(_", "GoogleLink.join(_",
    "MailedAccountLink.requestPasswordReset(of", "Passkey.signIn(with", "PasswordAndEmail.changeEmail(by",
    "PasswordAndEmail.resetPassword(by", "PasswordAndEmail.undoEmailChange(by", "PasswordAndEmail.verifyEmail(by",
    "SignInChallenge.complete(_", "SignInChallenge.open(_",
    // They count a try of a proof, or use one up. What it was for is asked for by another function.
    "MailedAccountLink.countCodeTry(for", "MailedAccountLink.use(_", "Passkey.use(_", "PasswordAttempt.begin(_",
    "PasswordAttempt.forget(_", "PasswordAttempt.takeBack(_", "SignInChallenge.attempt(_", "TOTPFactor.attempt(_",
    "TOTPFactor.use(recoveryHash", "TOTPFactor.use(step",
    // They end something, or change the one row of a device that must be open.
    "Device.end(_", "Device.end(familyOf", "Device.endAll(of", "Device.reauthenticate(_", "SignInChallenge.end(_",
    // These are no ways to sign in.
    "Account.rename(_", "Consent.give(_",
    // No route leads to it.
    "Account.storePasswordHash(_",
  ]

  @Test("each function of a repository is one of those that look at the device, or of those that need not")
  func named() throws {
    let prefix = "Adapters/Postgres/Identity/Postgres"
    let suffix = "Repository.swift"
    var looking: Set<String> = []
    var all: Set<String> = []
    for (name, text) in try TimeConditionTests.files() where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let repository = name.dropFirst(prefix.count).dropLast(suffix.count)
      for part in text.components(separatedBy: "public func ").dropFirst() {
        let found = part.prefixMatch(of: #/(\w+)\(\s*(\w+)/#)
        let match = try #require(found, "\(name)")
        let function = "\(repository).\(match.1)(\(match.2)"
        all.insert(function)
        if part.contains("DeviceStatements.requireOpenCaller(") { looking.insert(function) }
      }
    }
    #expect(looking == Set(Self.acts.map(\.function)))
    #expect(all.subtracting(looking) == Self.others)
  }
}
