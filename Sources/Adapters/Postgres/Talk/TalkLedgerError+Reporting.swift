import Application
import PostgresDriver

extension TalkLedgerError {
  /// Runs the body. Errors of this system pass unchanged. If Postgres cannot be reached, a retry may help. If Postgres
  /// refuses the statement, or a row contradicts every valid history, a retry does not help.
  @discardableResult
  static func reporting<T: Sendable>(_ body: () async throws -> T) async throws(TalkLedgerError) -> T {
    do {
      return try await body()
    } catch let error as TalkLedgerError {
      throw error
    } catch let error as PostgresError where error.isRefusal {
      throw .refused
    } catch is LedgerError {
      throw .refused
    } catch {
      throw .unavailable
    }
  }
}
