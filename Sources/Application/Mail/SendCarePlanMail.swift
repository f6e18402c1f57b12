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

  /// For a plan that is sealed under a secret that this instance does not have yet, or does not have any more.
  static let secret = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(900), patience: .seconds(3 * 86_400))

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CarePlanMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      let kind = policy.kind(chosen: try await choices.chosenCarePlanMail(of: user))
      if kind == .none { return .completed }
      let stored = try await plans.carePlan(of: payload.sessionID)
      // Its owner wants no plan any more, and so no mail about it.
      if stored == .deleted { return .completed }
      if stored == .unreadable {
        let code = "plan_unreadable"
        guard let pause = Self.secret.pause(after: task.age) else { return .failed(code: code) }
        return .waiting(for: pause, because: code)
      }
      guard case .ready(let json)? = stored, let plan = try? JSONDecoder().decode(CarePlan.self, from: Data(json.utf8))
      else { return .failed(code: "plan_gone") }
      let link = "\(publicURL)/#plan=\(payload.sessionID)"
      let content: MailContent =
        kind == .full ? .carePlan(plan, link: link) : .carePlanReady(isCrisis: plan.isCrisis, link: link)
      return await deliver(
        content, to: user, customID: "care-plan-\(payload.sessionID)", for: task)
    } catch {
      return .retry(code: "care_plan_unreadable", after: .zero)
    }
  }
}
