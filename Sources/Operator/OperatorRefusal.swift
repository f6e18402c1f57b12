import Application
import PostgresDriver
import RedisDriver

/// Why the command did nothing, as a sentence.
struct OperatorRefusal: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension OperatorRefusal {
  /// An error that a command has not put into words itself. The error of a port is often no more than `unavailable`,
  /// from which an operator does not learn what is.
  /// - Returns: the error itself if it needs no words.
  static func explaining(_ error: any Error) -> any Error {
    switch error {
    case let error as PostgresError where error.isUnavailable:
      OperatorRefusal(databaseAway + (error.message.isEmpty ? "" : ": \(error.message)"))
    case let error as RedisError where error.isUnavailable: OperatorRefusal(redisAway)
    // Without words of their own these come from the store of live talks and from the streams.
    case LiveTalkError.unavailable, StreamAdministrationError.unavailable, TalkAdministrationError.unavailable:
      OperatorRefusal(redisAway)
    case BillingError.unavailable: OperatorRefusal(databaseAway)
    case let failure as ComparePeriod.Failure: explaining(comparison: failure)
    default: error
    }
  }

  private static func explaining(comparison failure: ComparePeriod.Failure) -> any Error {
    switch failure {
    case .gateway(.unavailable): OperatorRefusal("Razorpay does not answer")
    case .gateway(.credentialsRefused):
      OperatorRefusal("Razorpay refuses RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET")
    case .ledger(.unavailable): OperatorRefusal(databaseAway)
    default: failure
    }
  }

  private static let databaseAway = "the database does not answer"
  private static let redisAway = "Redis does not answer"

  /// For an error that does not tell which of the two stores it is about: each is asked.
  /// - Parameter consequence: what is known of the work, such as "nothing was replayed".
  static func storeAway(
    _ pool: PostgresPool, _ redis: RedisClient, _ consequence: String
  ) async -> OperatorRefusal {
    let hasDatabase = (try? await pool.query("SELECT 1 AS one")) != nil
    let hasRedis = (try? await redis.send(RedisCommand("PING"))) != nil
    let who =
      switch (hasDatabase, hasRedis) {
      case (false, true): databaseAway
      case (true, false): redisAway
      case (false, false): "neither the database nor Redis answers"
      case (true, true): "the database or Redis did not answer, and both do now"
      }
    return OperatorRefusal("\(who); \(consequence)")
  }
}
