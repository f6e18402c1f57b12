import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Password attempts in Postgres, by GCRA: one moment for each subject, at which all its attempts are back.
public struct PostgresPasswordAttemptRepository: PasswordAttemptRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func begin(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError) -> PasswordAttemptDecision {
    let (interval, most) = (Self.milliseconds(policy.interval), Int64(policy.mostInARow))
    let burst = interval * Int64(policy.count - 1)
    return try await reporting {
      let counted = try await database.query(
        """
        INSERT INTO password_attempts AS a (address_hash, device_id, all_back_at, in_a_row, last_at)
        VALUES (sha256(convert_to(\(address.canonical), 'UTF8')), \(Self.column(device)),
          statement_timestamp() + \(interval) * interval '1 millisecond', 1, statement_timestamp())
        ON CONFLICT (address_hash, device_id) DO UPDATE SET
          all_back_at = greatest(a.all_back_at, statement_timestamp()) + \(interval) * interval '1 millisecond',
          in_a_row = a.in_a_row + 1, last_at = statement_timestamp()
        WHERE a.all_back_at <= statement_timestamp() + \(burst) * interval '1 millisecond' AND a.in_a_row < \(most)
        RETURNING a.in_a_row::bigint AS in_a_row
        """)
      if let row = counted.rows.first {
        return .allowed(inARow: Int(clamping: try row.get("in_a_row", as: Int64.self)))
      }
      let refused = try await database.query(
        """
        SELECT in_a_row >= \(most) AS locked,
          greatest(1, ceil(extract(epoch FROM all_back_at - statement_timestamp()) * 1000 - \(burst)))::bigint AS wait
        FROM password_attempts
        WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8')) AND device_id = \(Self.column(device))
        """)
      // If the row has gone meanwhile, a right password was given; the next attempt begins anew.
      guard let row = refused.rows.first else { return .wait(.milliseconds(1)) }
      if try row.get("locked", as: Bool.self) { return .locked }
      return .wait(.milliseconds(try row.get("wait", as: Int64.self)))
    }
  }

  public func takeBack(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        """
        UPDATE password_attempts SET in_a_row = greatest(0, in_a_row - 1),
          all_back_at = all_back_at - \(Self.milliseconds(policy.interval)) * interval '1 millisecond'
        WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8')) AND device_id = \(Self.column(device))
        """)
    }
  }

  public func forget(_ address: EmailAddress, from device: DeviceID?) async throws(IdentityError) {
    try await reporting {
      try await database.query(
        """
        DELETE FROM password_attempts
        WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8')) AND device_id = \(Self.column(device))
        """)
    }
  }

  /// Forgets the attempts from every device, because the address was proven.
  static func forgetAll(_ address: String, in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      "DELETE FROM password_attempts WHERE address_hash = sha256(convert_to(lower(\(address)), 'UTF8'))")
  }

  /// All devices that are not known have the id of zeros, because a primary key has no null.
  private static func column(_ device: DeviceID?) -> UUID {
    device?.uuid ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    max(1, duration.wholeMilliseconds)
  }
}
