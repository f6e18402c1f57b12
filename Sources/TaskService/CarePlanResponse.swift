import Application
import Domain
import FoundationEssentials

/// A talk's care plan as its owner sees it, or why there is none.
struct CarePlanResponse: Encodable {
  enum Status: String, Encodable { case ready, skipped, failed, pending }

  /// The plan, with what each plan says of itself.
  struct Plan: Encodable {
    let plan: CarePlan

    enum CodingKeys: String, CodingKey { case notice, crisisHelp = "crisis_help" }

    func encode(to encoder: any Encoder) throws {
      try plan.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(CarePlan.notice, forKey: .notice)
      if plan.isCrisis { try container.encode(CarePlan.crisisHelp, forKey: .crisisHelp) }
    }
  }

  let status: Status
  var reason: String?
  /// Since when the plan is pending.
  var since: Date?
  var plan: Plan?

  init(_ found: CarePlanStatus) throws {
    switch found {
    case .ended(.ready(let text)):
      status = .ready
      plan = Plan(plan: try JSONDecoder().decode(CarePlan.self, from: Data(text.utf8)))
    case .ended(.skipped(let why)): (status, reason) = (.skipped, why)
    case .ended(.failed(let why)): (status, reason) = (.failed, why)
    case .pending(let why, let moment): (status, reason, since) = (.pending, why, moment)
    }
  }
}
