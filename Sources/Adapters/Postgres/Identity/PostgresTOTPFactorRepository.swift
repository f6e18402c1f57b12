import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Authenticator apps in Postgres, which decides by its clock which step of the codes is the present one.
public struct PostgresTOTPFactorRepository: TOTPFactorRepository {
  private let database: PostgresPool
  private let copy: any RevocationCache
  private let outbox = PostgresOutbox(source: "auth")

  public init(database: PostgresPool, copy: any RevocationCache) {
    self.database = database
    self.copy = copy
  }

  public func begin(_ sealedSecret: [UInt8], of user: UserID) async throws(IdentityError) -> Bool {
    try await reporting {
      try await database.transaction { transaction -> Bool in
        let found = try await transaction.query(
          "SELECT 1 AS one FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR SHARE")
        if found.rows.isEmpty { return false }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        return try await transaction.query(
          """
          INSERT INTO totp_factors AS f (user_id, sealed_secret) VALUES (\(user.uuid), \(sealedSecret))
          ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = clock_timestamp()
          WHERE f.confirmed_at IS NULL
          """
        ).affectedRows == 1
      }
    }
  }

  public func pending(_ user: UserID) async throws(IdentityError) -> PendingTOTPFactor? {
    try await reporting {
      try await database.query(
        """
        SELECT sealed_secret, \(Self.now) AS now FROM totp_factors
        WHERE user_id = \(user.uuid) AND confirmed_at IS NULL
        """
      ).rows.first.map { PendingTOTPFactor(sealedSecret: try $0.get("sealed_secret"), now: try $0.get("now")) }
    }
  }

  public func confirm(
    _ sealedSecret: [UInt8], step: Int64, recoveryHashes: [[UInt8]], of user: UserID, keeping device: DeviceID
  ) async throws(IdentityError) -> Bool {
    let ended: [Revocation]? = try await reporting {
      try await database.transaction { transaction -> [Revocation]? in
        // As every change of an account: two of them follow each other.
        try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid) FOR UPDATE")
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        let confirmed = try await transaction.query(
          """
          UPDATE totp_factors SET confirmed_at = clock_timestamp(), last_step = \(step), wrong_codes = 0
          WHERE user_id = \(user.uuid) AND confirmed_at IS NULL AND sealed_secret = \(sealedSecret)
          """)
        guard confirmed.affectedRows == 1 else { return nil }
        for hash in recoveryHashes {
          try await transaction.query("INSERT INTO recovery_codes (user_id, code_hash) VALUES (\(user.uuid), \(hash))")
        }
        try await SecondFactorStatements.tell(user, isAdded: true, by: outbox, in: transaction)
        return try await DeviceStatements.endAll(
          of: user, except: device, cause: .secondFactorAdded, in: transaction)
      }
    }
    guard let ended else { return false }
    // The change is made. If Redis is away, its copy of the revocations is filled as soon as it is back, and no token
    // is accepted meanwhile.
    if !ended.isEmpty { try? await copy.fill(with: ended, whole: false) }
    return true
  }

  public func remove(_ user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid) FOR UPDATE")
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        guard try await SecondFactorStatements.remove(of: user, in: transaction) else { return }
        try await SecondFactorStatements.tell(user, isAdded: false, by: outbox, in: transaction)
      }
    }
  }

  public func attempt(_ user: UserID) async throws(IdentityError) -> TOTPAttempt {
    try await reporting {
      let allowed = try await database.query(
        """
        UPDATE totp_factors SET wrong_codes = wrong_codes + 1
        WHERE user_id = \(user.uuid) AND confirmed_at IS NOT NULL AND wrong_codes < \(TOTPLimits.mostWrongCodes)
        RETURNING sealed_secret, \(Self.now) AS now
        """)
      if let row = allowed.rows.first {
        return .allowed(sealedSecret: try row.get("sealed_secret"), now: try row.get("now"))
      }
      let locked = try await database.query(
        "SELECT 1 AS one FROM totp_factors WHERE user_id = \(user.uuid) AND confirmed_at IS NOT NULL")
      return locked.rows.isEmpty ? .noFactor : .locked
    }
  }

  public func use(step: Int64, of user: UserID) async throws(IdentityError) -> Bool {
    try await reporting {
      try await database.query(
        """
        UPDATE totp_factors SET last_step = \(step), wrong_codes = 0
        WHERE user_id = \(user.uuid) AND confirmed_at IS NOT NULL AND last_step < \(step)
        """
      ).affectedRows == 1
    }
  }

  public func use(recoveryHash: [UInt8], of user: UserID) async throws(IdentityError) -> Bool {
    try await reporting {
      try await database.query(
        """
        UPDATE recovery_codes SET used_at = clock_timestamp()
        WHERE user_id = \(user.uuid) AND code_hash = \(recoveryHash) AND used_at IS NULL
        """
      ).affectedRows == 1
    }
  }

  private static let now: PostgresColumnList = "floor(extract(epoch FROM clock_timestamp()))::bigint"
}
