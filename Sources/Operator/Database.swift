import ArgumentParser
import Logging
import PostgresDriver
import Runtime

/// The address of the database, used as its owner.
struct DatabaseOptions: ParsableArguments {
  /// - Throws: a message for the operator if no address is set.
  func pool() throws -> PostgresPool {
    let reader = SettingsReader()
    let url = reader.optional("DATABASE_ADMIN_URL", secret: true) ?? reader.required("DATABASE_URL", secret: true)
    try reader.check()
    var logger = Logger(label: "talktime.operator") { _ in JSONLogHandler(service: "operator") }
    logger.logLevel = .warning
    return try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "talktime-operator", maximumConnections: 2, statementTimeout: .seconds(300)),
      logger: logger)
  }
}
