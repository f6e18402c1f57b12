import Domain
import FoundationEssentials

/// Mails that a plan is there, in the form that its owner has chosen, or not at all.
public struct SendCarePlanMail: TaskHandler {
  public let type = TaskType.carePlanMail
  private let plans: any CarePlanReader
  private let choices: any CarePlanMailChoiceReader
  private let deliver: DeliverMail
  private let publicURL: String
  private let policy: CarePlanMailPolicy

  public init(
    plans: any CarePlanReader, choices: any CarePlanMailChoiceReader, deliver: DeliverMail, publicURL: String,
    policy: CarePlanMailPolicy
  ) {
    self.plans = plans
    self.choices = choices
    self.deliver = deliver
    self.publicURL = publicURL
    self.policy = policy
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CarePlanMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      let kind = policy.kind(chosen: try await choices.chosenCarePlanMail(of: user))
      if kind == .none { return .completed }
      // Its owner wants no plan any more, or it has reached its age, and so nobody needs a mail about it.
      guard let stored = try await plans.carePlan(of: payload.sessionID), stored != .deleted else { return .completed }
      let draft = draft(of: stored, as: kind, link: "\(publicURL)/#plan=\(payload.sessionID)")
      let obstacle: TaskOutcome? = stored == .unreadable ? Self.unreadable : nil
      return await deliver(
        to: user, customID: "care-plan-\(payload.sessionID)", for: task, obstacle: obstacle
      ) { _ in draft }
    } catch {
      return .retry(code: "care_plan_unreadable", after: .zero)
    }
  }

  /// The plan is sealed under a secret that this instance does not have yet, or does not have any more. Another may
  /// have it. The time for that counts from the first such failure, however old the task is.
  private static let unreadable = TaskOutcome.retry(code: "plan_unreadable", after: .zero)

  /// What a plan cannot be mailed for matters only once the mail is about to be sent: until then the plan is not needed,
  /// and its reading may succeed by then.
  private func draft(of stored: CarePlanOutcome, as kind: CarePlanMailKind, link: String) -> DeliverMail.Draft {
    if stored == .unreadable { return .nothing(Self.unreadable) }
    guard case .ready(let json) = stored, let plan = try? JSONDecoder().decode(CarePlan.self, from: Data(json.utf8))
    else { return .nothing(.failed(code: "plan_invalid")) }
    return .content(kind == .full ? .carePlan(plan, link: link) : .carePlanReady(isCrisis: plan.isCrisis, link: link))
  }
}
