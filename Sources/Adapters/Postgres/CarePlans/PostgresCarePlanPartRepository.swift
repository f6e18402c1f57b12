import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The plans of parts as steps of their task. Each is sealed under a data key of its user, as plans are, and for its
/// session only; also where plans are not, because no earlier release has to read it.
public struct PostgresCarePlanPartRepository: CarePlanPartRepository {
  private let pool: PostgresPool
  private let steps: any TaskStepStore
  private let sealer: any CarePlanSealer

  public init(pool: PostgresPool, sealer: any CarePlanSealer) {
    self.pool = pool
    steps = PostgresTaskStepStore(database: pool)
    self.sealer = sealer
  }

  public func parts(of task: ClaimedTask, session: SessionID, user: UserID) -> any CarePlanPartStore {
    Parts(pool: pool, steps: steps, sealer: sealer, task: task, session: session, user: user)
  }

  private struct Sealed: Codable {
    let key: UUID
    let sealed: Data
  }

  private struct Parts: CarePlanPartStore {
    let pool: PostgresPool
    let steps: any TaskStepStore
    let sealer: any CarePlanSealer
    let task: ClaimedTask
    let session: SessionID
    let user: UserID

    func plan(of part: String) async -> CarePlan? { try? await read(part) }

    func keep(_ plan: CarePlan, of part: String) async { try? await write(plan, part) }

    private func read(_ part: String) async throws -> CarePlan? {
      guard let result = try await steps.steps(of: task.id)[part] else { return nil }
      let step = try JSONDecoder().decode(Sealed.self, from: Data(result.utf8))
      let row = try await pool.query(
        "SELECT wrapped FROM care_plan_keys WHERE id = \(step.key) AND user_id = \(user.uuid)"
      ).rows.first
      guard let wrapped = try row?.get("wrapped", as: [UInt8].self),
        let json = sealer.unseal(
          Array(step.sealed), of: session, under: WrappedCarePlanKey(id: step.key, wrapped: wrapped))
      else { return nil }
      return try JSONDecoder().decode(CarePlan.self, from: Data(json.utf8))
    }

    private func write(_ plan: CarePlan, _ part: String) async throws {
      let json = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
      let (user, sealer, session) = (user, sealer, session)
      let step = try await pool.transaction { transaction in
        let key = try await CarePlanKeyStatements.key(of: user, by: sealer, in: transaction)
        return Sealed(key: key.id, sealed: Data(try sealer.seal(json, of: session, under: key)))
      }
      let result = String(decoding: try JSONEncoder().encode(step), as: UTF8.self)
      _ = try await steps.keep(result, as: part, of: task.claim)
    }
  }
}
