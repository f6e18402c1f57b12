import Application
import PostgresDriver

extension TalkLedgerError {
  /// Runs the body. Our own errors pass. Postgres being away passes with time; what it refuses, or a row that no history
  /// leads to, does not.
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
