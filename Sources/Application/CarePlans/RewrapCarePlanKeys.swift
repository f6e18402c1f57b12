import Domain

/// Wraps the data keys of users under the present secret, so that the one before it can be given up. A worker that was
/// started without the previous secret changes nothing, so this comes again each hour.
public struct RewrapCarePlanKeys: TaskHandler {
  public let type = TaskType.carePlanKeys
  private let keys: any CarePlanKeyRewrapper

  public init(keys: any CarePlanKeyRewrapper) { self.keys = keys }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    do {
      try await keys.runOnce()
      return .completed
    } catch {
      return .retry(code: "care_plan_keys_unavailable", after: .zero)
    }
  }
}
