import Application
import Domain
import PostgresDriver

/// What users want the mails about their care plans to hold; the auth service owns the rows.
public struct PostgresCarePlanMailChoiceReader: CarePlanMailChoiceReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func chosenCarePlanMail(of user: UserID) async throws -> CarePlanMailKind? {
    let found = try await database.query(
      "SELECT care_plan_mail FROM users WHERE id = \(user.uuid) AND address_problem IS NULL")
    return try found.rows.first?.get("care_plan_mail", as: String?.self).flatMap(CarePlanMailKind.init(rawValue:))
  }
}
