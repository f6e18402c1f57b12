import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("What the trail of security events records", .serialized)
struct SecurityTrailTests {
  /// The repositories over one database, and one account with a device.
  private struct World: Sendable {
    let pool: PostgresPool
    let accounts: PostgresAccountRepository
    let devices: PostgresDeviceRepository
    let google: PostgresGoogleLinkRepository
    let links: PostgresMailedAccountLinkRepository
    let changes: PostgresPasswordAndEmailRepository
    let account: Account
    let device: NewDevice

    func device(_ byte: UInt8, userAgent: String? = "browser", network: String = "203.0.113.7") -> NewDevice {
      NewDevice(
        id: DeviceID(UUID()), tokenHash: [byte], authenticatedAt: Date(), methods: ["pwd"], userAgent: userAgent,
        network: ClientNetwork(address: network))
    }

    /// The events since the last call, each with its detail.
    func events(after number: Int64 = 0) async throws -> [SecurityEvent] {
      try await PostgresSecurityTrailReader(database: pool).events(of: account.id, before: nil, limit: 100)
        .filter { $0.number > number }.reversed()
    }

    func requested(_ purpose: MailedAccountLinkPurpose) async throws -> MailedAccountLink {
      let row = try await pool.query(
        "SELECT id FROM account_links WHERE purpose = \(purpose.rawValue) ORDER BY requested_at DESC LIMIT 1"
      ).rows.first
      let id = try #require(row).get("id", as: UUID.self)
      return try #require(try await links.link(id.uuidString.lowercased()))
    }

    func newDeviceEvents() async throws -> Int {
      try await pool.query("SELECT count(*) AS n FROM outbox WHERE type = 'device.new_signed_in'").rows.first?
        .get("n") ?? -1
    }
  }

  private func with(verified: Bool = true, _ body: @Sendable (World) async throws -> Void) async throws {
    try await withMigratedDatabase { database in
      let (pool, copy) = (database.pool, RecordedRevocations())
      let accounts = PostgresAccountRepository(database: pool)
      let device = NewDevice(
        id: DeviceID(UUID()), tokenHash: [1], authenticatedAt: Date(), methods: ["pwd"], userAgent: "browser",
        network: ClientNetwork(address: "203.0.113.7"))
      let email = try #require(EmailAddress("asha@example.com"))
      let account = try await accounts.create(
        NewAccount(email: email, name: "Asha", passwordHash: "hash", googleSubject: nil, emailVerified: verified),
        device: device)
      try await body(
        World(
          pool: pool, accounts: accounts, devices: PostgresDeviceRepository(database: pool, copy: copy),
          google: PostgresGoogleLinkRepository(database: pool, copy: copy),
          links: PostgresMailedAccountLinkRepository(database: pool),
          changes: PostgresPasswordAndEmailRepository(database: pool, copy: copy), account: account, device: device))
    }
  }

  @Test("a registration and a sign-in, with request, network and device")
  func signIn() async throws {
    try await with { world in
      let device = world.device(2)
      let origin = RequestOrigin(requestID: "r1", network: ClientNetwork(address: "198.51.100.9"))
      try await RequestOrigin.$current.withValue(origin) { () async throws in
        try await world.devices.open(device, user: world.account.id)
      }
      let events = try await world.events()
      #expect(events.map(\.kind) == ["registered", "signed_in", "signed_in"])
      #expect(events.map(\.device) == [world.device.id, world.device.id, device.id])
      #expect(events.last?.network == "198.51.100.0/24" && events.last?.detail == "pwd")
      let ids = try await world.pool.query("SELECT request_id FROM security_events ORDER BY id").rows
        .map { try $0.get("request_id", as: String?.self) }
      #expect(ids == [nil, nil, "r1"])
    }
  }

  @Test("each end of a device, with its cause and once, and none that ended nothing")
  func ends() async throws {
    try await with { world in
      let (second, third) = (world.device(2), world.device(3))
      for device in [second, third] { try await world.devices.open(device, user: world.account.id) }
      let before = try #require(try await world.events().last?.number)
      try await world.devices.end(second.id, user: world.account.id, cause: .signedOut)
      try await world.devices.end(second.id, user: world.account.id, cause: .signedOut)
      try await world.devices.end(DeviceID(UUID()), user: world.account.id, cause: .signedOut)
      try await world.devices.endAll(of: world.account.id, except: world.device.id, cause: .signedOutElsewhere)
      try await world.devices.end(
        familyOf: PresentedRefreshToken(hash: [9], family: world.device.id), cause: .replayed)
      let events = try await world.events(after: before)
      #expect(events.allSatisfy { $0.kind == "device_ended" })
      #expect(events.map(\.device) == [second.id, third.id, world.device.id])
      #expect(events.map(\.detail) == ["signed_out", "signed_out_elsewhere", "replayed"])
    }
  }

  @Test("each change of password, address and ways to sign in")
  func changes() async throws {
    try await with(verified: false) { world in
      let user = world.account.id
      var seen = try #require(try await world.events().last?.number)
      func next() async throws -> [String] {
        let events = try await world.events(after: seen)
        seen = events.last?.number ?? seen
        return events.map(\.kind)
      }
      try await world.changes.verifyEmail(by: try await world.requested(.verifyEmail))
      #expect(try await next() == ["email_verified"])
      #expect(try await world.google.link(googleSubject: "g1", to: user) == .linked)
      #expect(try await world.google.link(googleSubject: "g1", to: user) == .linked)
      #expect(try await next() == ["google_linked"])
      #expect(try await world.google.unlink(user) == .unlinked)
      #expect(try await next() == ["google_unlinked"])
      try await world.changes.changePassword(of: user, from: "hash", to: "second", keeping: world.device.id)
      #expect(try await next() == ["password_changed"])
      await #expect(throws: IdentityError.invalidCredentials) {
        try await world.changes.changePassword(of: user, from: "wrong", to: "third", keeping: world.device.id)
      }
      try await world.links.requestPasswordReset(of: world.account.email)
      try await world.links.requestPasswordReset(of: try #require(EmailAddress("nobody@example.com")))
      #expect(try await next() == ["password_reset_requested"])
      let new = try #require(EmailAddress("asha.rao@example.com"))
      try await world.links.requestEmailChange(of: user, to: new)
      #expect(try await next() == ["email_change_requested"])
      try await world.changes.changeEmail(by: try await world.requested(.changeEmail))
      #expect(try await next() == ["email_changed"])
      try await world.changes.undoEmailChange(by: try await world.requested(.undoEmailChange))
      #expect(try await next() == ["email_change_undone", "device_ended"])
    }
  }

  @Test("each choice of what mails about care plans hold, once, and its setting back")
  func carePlanMail() async throws {
    try await with { world in
      let (user, choices) = (world.account.id, PostgresCarePlanMailChoiceRepository(database: world.pool))
      let before = try #require(try await world.events().last?.number)
      for choice in [CarePlanMailKind.full, .full, .link] { try await choices.chooseCarePlanMail(choice, by: user) }
      try await choices.chooseCarePlanMail(nil, by: user)
      try await choices.chooseCarePlanMail(.full, by: user)
      try await world.links.requestPasswordReset(of: world.account.email)
      try await world.changes.resetPassword(by: try await world.requested(.resetPassword), to: "new")
      let events = try await world.events(after: before).filter { $0.kind == "care_plan_mail_chosen" }
      #expect(events.map(\.detail) == ["full", "link", nil, "full", "password_reset"])
      let origin = RequestOrigin(requestID: "r1", network: nil, device: world.device.id)
      try await RequestOrigin.$current.withValue(origin) { () async throws in
        await #expect(throws: IdentityError.invalidToken) { try await choices.chooseCarePlanMail(.full, by: user) }
      }
    }
  }

  @Test("each way to sign in that a reset or an undoing removes, with the cause")
  func removals() async throws {
    try await with { world in
      let user = world.account.id
      var seen = try #require(try await world.events().last?.number)
      func removed() async throws -> [String] {
        let events = try await world.events(after: seen)
        seen = events.last?.number ?? seen
        return events.filter { $0.detail != nil && $0.kind != "device_ended" }.map { "\($0.kind) \($0.detail ?? "")" }
      }
      for number in 1...2 {
        try await world.pool.query(
          """
          INSERT INTO passkeys (user_id, credential_id, public_key, algorithm, counter, name, backup_eligible, backed_up)
          VALUES (\(user.uuid), sha256(\([UInt8(number)])), '', -7, 0, 'p', false, false)
          """)
      }
      try await world.pool.query(
        """
        INSERT INTO totp_factors (user_id, sealed_secret, confirmed_at, last_step)
        VALUES (\(user.uuid), '', clock_timestamp(), 1)
        """)
      #expect(try await world.google.link(googleSubject: "g1", to: user) == .linked)
      try await world.links.requestPasswordReset(of: world.account.email)
      try await world.changes.resetPassword(by: try await world.requested(.resetPassword), to: "new")
      let cause = "password_reset"
      #expect(
        try await removed() == [
          "passkey_removed \(cause)", "passkey_removed \(cause)", "second_factor_removed \(cause)",
          "google_unlinked \(cause)",
        ])
      _ = try await PostgresUserScopeAdministration(database: world.pool).grant(.operator, to: user, by: "cli:test")
      try await world.links.requestEmailChange(of: user, to: try #require(EmailAddress("asha.rao@example.com")))
      try await world.changes.changeEmail(by: try await world.requested(.changeEmail))
      try await world.changes.undoEmailChange(by: try await world.requested(.undoEmailChange))
      #expect(try await removed() == ["operator_rights_removed email_change_undone"])
    }
  }

  @Test("an operator's removal of a second factor ends the devices, and that of passkeys is told, too")
  func removedByOperator() async throws {
    try await with { world in
      let removal = PostgresSecondFactorRemoval(database: world.pool)
      func remove(passkeys: Bool) async throws -> Bool {
        try await removal.remove(of: world.account.id, withPasskeys: passkeys, reason: "lost", actor: "cli:test")
      }
      #expect(try await !remove(passkeys: true))
      #expect(try await world.events().allSatisfy { $0.kind != "device_ended" })
      try await world.pool.query(
        """
        INSERT INTO passkeys (user_id, credential_id, public_key, algorithm, counter, name, backup_eligible, backed_up)
        VALUES (\(world.account.id.uuid), sha256('1'), '', -7, 0, 'p', false, false)
        """)
      #expect(try await !remove(passkeys: false))
      #expect(try await remove(passkeys: true))
      #expect(try await world.events().suffix(2).map(\.kind) == ["passkey_removed", "device_ended"])
      #expect(try await world.events().suffix(2).map(\.detail) == ["operator", "second_factor_removed"])
      try await world.devices.open(world.device(2), user: world.account.id)
      try await world.pool.query(
        """
        INSERT INTO totp_factors (user_id, sealed_secret, confirmed_at, last_step)
        VALUES (\(world.account.id.uuid), '', clock_timestamp(), 1)
        """)
      #expect(try await remove(passkeys: false))
      #expect(try await world.events().suffix(2).map(\.kind) == ["second_factor_removed", "device_ended"])
    }
  }

  @Test("no entry has an address or a name, and none can be changed")
  func appendOnly() async throws {
    try await with { world in
      let rows = try await world.pool.query("SELECT e::text AS text FROM security_events e").rows
      #expect(!rows.isEmpty)
      for row in rows { #expect(!(try row.get("text", as: String.self).lowercased().contains("asha"))) }
      await #expect(throws: PostgresError.self) {
        try await world.pool.query("UPDATE security_events SET kind = 'registered'")
      }
      await #expect(throws: PostgresError.self) { try await world.pool.query("TRUNCATE security_events") }
    }
  }

  @Test("the owner of a proven address is told of a browser or network that the account has not seen")
  func newDevice() async throws {
    try await with { world in
      #expect(try await world.newDeviceEvents() == 0)
      try await world.devices.open(world.device(2), user: world.account.id)
      #expect(try await world.newDeviceEvents() == 0)
      try await world.devices.open(world.device(3, userAgent: "another browser"), user: world.account.id)
      #expect(try await world.newDeviceEvents() == 1)
      try await world.devices.open(world.device(4, network: "198.51.100.9"), user: world.account.id)
      #expect(try await world.newDeviceEvents() == 2)
      try await world.devices.open(world.device(5, network: "198.51.100.77"), user: world.account.id)
      #expect(try await world.newDeviceEvents() == 2)
    }
    try await with(verified: false) { world in
      try await world.devices.open(world.device(2, userAgent: "another browser"), user: world.account.id)
      #expect(try await world.newDeviceEvents() == 0)
    }
  }
}
