import Application
import Domain
import FoundationEssentials
import HTTPServing

struct ReasonRequest: Decodable { let reason: String }

/// The body of POST /tasks/actions.
struct TaskActionRequest: StrictRequestBody {
  struct Filter: StrictRequestBody {
    typealias Member = CodingKeys

    let type, state, errorCode, createdBefore, createdAfter: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case type, state, errorCode = "error_code", createdBefore = "created_before", createdAfter = "created_after"
    }
  }

  typealias Member = CodingKeys

  let action: String
  let priority: Int?
  let filter: Strict<Filter>
  /// Not needed for a preview.
  let reason: String?
  let preview: Bool?

  enum CodingKeys: String, CodingKey, CaseIterable { case action, priority, filter, reason, preview }

  func taskAction() throws(Problem) -> TaskAction {
    guard ["retry", "cancel", "run_now", "priority"].contains(action) else {
      throw .invalidField("action", "An action is retry, cancel, run_now or priority.")
    }
    guard let action = TaskAction(name: action, priority: priority) else {
      let (least, most) = (TaskAction.priorities.lowerBound, TaskAction.priorities.upperBound)
      throw .invalidField(
        "priority", "The action priority has a priority from \(least) to \(most), the others have none.")
    }
    return action
  }
}

extension TaskActionRequest.Filter {
  /// - Parameter prefix: of the fields' names in an error.
  func taskFilter(_ prefix: String = "filter.") throws(Problem) -> TaskFilter {
    var known: TaskState?
    if let state {
      known = TaskState(rawValue: state)
      guard known != nil else { throw .invalidField(prefix + "state", "There is no such state.") }
    }
    for (field, text) in [(prefix + "type", type), (prefix + "error_code", errorCode)] {
      guard text.map({ (1...200).contains($0.utf8.count) && $0.utf8.allSatisfy { 0x20 < $0 && $0 < 0x7F } }) ?? true
      else { throw .invalidField(field, "A code has 1 to 200 characters of ASCII and no spaces.") }
    }
    return TaskFilter(
      type: type, state: known, errorCode: errorCode,
      createdAfter: try Self.moment(prefix + "created_after", createdAfter),
      createdBefore: try Self.moment(prefix + "created_before", createdBefore))
  }

  private static func moment(_ field: String, _ text: String?) throws(Problem) -> Date? {
    guard let text else { return nil }
    guard let moment = RFC3339.read(text) else {
      throw .invalidField(field, "A moment is written as RFC 3339 has it, such as 2026-11-25T16:00:00Z.")
    }
    return moment
  }
}

struct TaskActionPreviewResponse: Encodable {
  let count: Int
  /// Absent if `count` is exact.
  let atLeast: Bool?
  let sample: [TaskResponse]

  init(_ preview: TaskActionPreview) {
    count = preview.count.number
    atLeast = preview.count.isLeast ? true : nil
    sample = preview.sample.map(TaskResponse.init)
  }

  enum CodingKeys: String, CodingKey { case count, atLeast = "at_least", sample }
}

struct TaskActionResponse: Encodable {
  let count: Int
  /// Absent if `count` is exact.
  let atLeast: Bool?
  /// The task that carries the action out.
  let actionID: String

  init(_ id: TaskID, count: TaskCount) {
    self.count = count.number
    atLeast = count.isLeast ? true : nil
    actionID = id.description
  }

  enum CodingKeys: String, CodingKey { case count, atLeast = "at_least", actionID = "action_id" }
}
