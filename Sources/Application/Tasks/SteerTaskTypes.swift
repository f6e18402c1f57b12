import Domain

/// An operator pauses, resumes or limits a type of task.
public struct SteerTaskTypes: Sendable {
  public enum Wish: Sendable, Equatable {
    case pause, resume
    case limit(TaskTypeLimits)
  }

  private let types: any TaskTypeAdministration

  public init(types: any TaskTypeAdministration) { self.types = types }

  /// Every type with its pause, its limits and its unfinished tasks.
  public func all() async throws(TaskError) -> [TaskTypeReport] {
    do { return try await types.types() } catch { throw .unavailable }
  }

  /// - Parameter actor: the operator's user id, or `cli:` and a name
  /// - Returns: the type after the action.
  /// - Throws: `stateForbids` for a pause of the type that carries out operators' actions.
  public func callAsFunction(
    _ wish: Wish, _ name: String, reason: String, actor: String
  ) async throws(TaskError) -> TaskTypeReport {
    guard let reason = Reason(reason) else { throw .invalidReason }
    guard let type = TaskType(rawValue: name) else { throw .notFound }
    // Each later action would be accepted and not carried out.
    guard wish != .pause || type != .taskAction else { throw .stateForbids }
    do {
      switch wish {
      case .pause: try await types.pause(type, reason: reason, actor: actor)
      case .resume: try await types.resume(type, reason: reason, actor: actor)
      case .limit(let limits): try await types.limit(type, to: limits, reason: reason, actor: actor)
      }
    } catch { throw .unavailable }
    guard let report = try await all().first(where: { $0.type == type }) else { throw .unavailable }
    return report
  }
}
