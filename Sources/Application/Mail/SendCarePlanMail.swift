import Domain
import FoundationEssentials

public struct SendCarePlanMail: TaskHandler {
  public let type = TaskType.carePlanMail
  private let plans: any CarePlanReader
  private let deliver: DeliverMail
  private let publicURL: String

  public init(plans: any CarePlanReader, deliver: DeliverMail, publicURL: String) {
    self.plans = plans
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CarePlanMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      let stored = try await plans.carePlan(of: payload.sessionID)
      // Its owner wants no plan any more, and so no mail about it.
      if stored == .deleted { return .completed }
      guard case .ready(let json)? = stored, let plan = try? JSONDecoder().decode(CarePlan.self, from: Data(json.utf8))
      else { return .failed(code: "plan_gone") }
      return await deliver(
        .carePlan(plan, link: "\(publicURL)/#plan=\(payload.sessionID)"), to: user,
        customID: "care-plan-\(payload.sessionID)", for: task)
    } catch {
      return .retry(code: "care_plan_unreadable", after: .zero)
    }
  }
}
