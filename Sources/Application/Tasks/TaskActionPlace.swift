import Domain

/// How far an operator's action on many tasks has come. Each part is gone through in the order of the tasks' creation,
/// which nothing changes meanwhile.
public struct TaskActionPlace: Sendable, Equatable {
  /// The first part comes first.
  public enum Part: String, Sendable, CaseIterable {
    /// Tasks that have not ended.
    case unfinished
    /// Tasks that have failed or were cancelled.
    case unsuccessful
  }

  public let part: Part
  /// The last task that was looked at; nil at the beginning of the part.
  public let last: TaskCursor?

  public init(_ part: Part, after last: TaskCursor? = nil) {
    self.part = part
    self.last = last
  }
}

extension TaskActionPlace.Part {
  /// The parts that can have tasks for the action, in their order.
  public static func all(for action: TaskAction, on filter: TaskFilter) -> [Self] {
    allCases.filter { !$0.states(for: action, on: filter).isEmpty }
  }

  /// The states of the part's tasks that the action concerns. It never concerns a task that has succeeded.
  public func states(for action: TaskAction, on filter: TaskFilter) -> [TaskState] {
    filter.states(for: action).filter { $0.isOpen == (self == .unfinished) }
  }
}

extension TaskActionPlace {
  /// As the result of a step is kept: a string of JSON. It has no character that JSON escapes.
  var json: String { "\"\([part.rawValue, last?.text].compactMap { $0 }.joined(separator: " "))\"" }

  /// Reads what `json` wrote; nil for any other text.
  init?(json: String) {
    guard json.count > 2, json.hasPrefix("\""), json.hasSuffix("\"") else { return nil }
    let words = json.dropFirst().dropLast().split(separator: " ", maxSplits: 1)
    guard let name = words.first, let part = Part(rawValue: String(name)) else { return nil }
    guard words.count == 2 else {
      self.init(part)
      return
    }
    guard let last = TaskCursor(String(words[1])) else { return nil }
    self.init(part, after: last)
  }
}
