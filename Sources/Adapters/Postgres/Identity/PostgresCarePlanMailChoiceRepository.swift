import Application
import Domain
import PostgresDriver

public struct PostgresCarePlanMailChoiceRepository: CarePlanMailChoiceRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func carePlanMail(of user: UserID) async throws(IdentityError) -> CarePlanMailKind? {
    try await reporting {
      let found = try await database.query(
        "SELECT care_plan_mail FROM users WHERE id = \(user.uuid) AND address_problem IS NULL")
      guard let row = found.rows.first else { throw IdentityError.accountGone }
      return try row.get("care_plan_mail", as: String?.self).flatMap(CarePlanMailKind.init(rawValue:))
    }
  }

  public func chooseCarePlanMail(_ choice: CarePlanMailKind?, by user: UserID) async throws(IdentityError) {
    try await reporting {
      try await database.transaction { transaction in
        let found = try await transaction.query(
          "SELECT care_plan_mail FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR UPDATE")
        guard let row = found.rows.first else { throw IdentityError.accountGone }
        try await DeviceStatements.requireOpenCaller(user, in: transaction)
        guard try row.get("care_plan_mail", as: String?.self) != choice?.rawValue else { return }
        try await transaction.query(
          "UPDATE users SET care_plan_mail = \(choice?.rawValue) WHERE id = \(user.uuid)")
        try await SecurityTrail.append(.carePlanMailChosen, of: user, detail: choice?.rawValue, in: transaction)
      }
    }
  }
}
