import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Sign-ins that wait for their second factor, in Postgres, which also decides by its clock whether one has expired.
public struct PostgresSignInChallengeRepository: SignInChallengeRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func open(_ challenge: NewSignInChallenge, of user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        """
        INSERT INTO sign_in_challenges (token_hash, user_id, methods, expires_at)
        VALUES (\(challenge.tokenHash), \(user.uuid), \(challenge.methods.joined(separator: " ")),
          clock_timestamp() + \(SignInChallengeLimits.life.components.seconds) * interval '1 second')
        """)
    }
  }

  /// Of simultaneous answers each waits for the row, and then finds the count of those before.
  public func attempt(_ tokenHash: [UInt8]) async throws(IdentityError) -> OpenSignInChallenge? {
    try await reporting {
      try await database.query(
        """
        UPDATE sign_in_challenges SET answers = answers + 1
        WHERE token_hash = \(tokenHash) AND ended_at IS NULL AND expires_at > statement_timestamp()
          AND answers < \(SignInChallengeLimits.mostAnswers)
        RETURNING user_id, methods
        """
      ).rows.first.map { row in
        OpenSignInChallenge(
          user: UserID(try row.get("user_id")),
          methods: try row.get("methods", as: String.self).split(separator: " ").map(String.init))
      }
    }
  }

  public func complete(
    _ tokenHash: [UInt8], with device: NewDevice, of user: UserID
  ) async throws(IdentityError) -> Bool {
    try await reporting {
      try await database.transaction { transaction -> Bool in
        // As every change of an account, so that none comes between.
        try await transaction.query("SELECT 1 AS one FROM users WHERE id = \(user.uuid) FOR UPDATE")
        let completed = try await transaction.query(
          """
          UPDATE sign_in_challenges SET ended_at = clock_timestamp()
          WHERE token_hash = \(tokenHash) AND user_id = \(user.uuid) AND ended_at IS NULL
            AND expires_at > statement_timestamp()
          """)
        guard completed.affectedRows == 1 else { return false }
        try await DeviceStatements.open(device, user: user, in: transaction)
        return true
      }
    }
  }

  public func end(_ tokenHash: [UInt8]) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        """
        UPDATE sign_in_challenges SET ended_at = clock_timestamp() WHERE token_hash = \(tokenHash) AND ended_at IS NULL
        """)
    }
  }
}
