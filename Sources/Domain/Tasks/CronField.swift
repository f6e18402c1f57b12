/// The values that one field of a cron expression admits.
struct CronField: Sendable, Hashable {
  let values: Set<Int>
  /// False for `*`.
  let isRestricted: Bool

  /// - Parameters:
  ///   - range: the numbers that the field can have
  ///   - names: the names of numbers, the first of which names `first`
  init?(_ text: String, in range: ClosedRange<Int>, names: [String] = [], first: Int = 0) {
    isRestricted = text != "*"
    guard isRestricted else {
      self.values = Set(range)
      return
    }
    func number(_ text: Substring) -> Int? {
      if let index = names.firstIndex(of: text.uppercased()) { return first + index }
      guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
        range.contains(number)
      else { return nil }
      return number
    }
    func bounds(_ text: Substring) -> ClosedRange<Int>? {
      let ends = text.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count == 2, let low = number(ends[0]), let high = number(ends[1]), low <= high else { return nil }
      return low...high
    }
    var values: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "/", omittingEmptySubsequences: false)
      if halves.count == 2 {
        // Seven is another name of Sunday, so `*/2` has no Sunday at its end.
        let all = range == 0...7 ? 0...6 : range
        guard let within = halves[0] == "*" ? all : bounds(halves[0]), let step = Self.step(halves[1], in: within)
        else { return nil }
        values.formUnion(stride(from: within.lowerBound, through: within.upperBound, by: step))
      } else if halves.count == 1, let single = number(part) {
        values.insert(single)
      } else if halves.count == 1, let several = bounds(part) {
        values.formUnion(several)
      } else {
        return nil
      }
    }
    self.values = values
  }

  private init(values: Set<Int>, isRestricted: Bool) {
    self.values = values
    self.isRestricted = isRestricted
  }

  func contains(_ value: Int) -> Bool { values.contains(value) }

  func replacing(_ value: Int, by other: Int) -> CronField {
    guard values.contains(value) else { return self }
    return CronField(values: values.subtracting([value]).union([other]), isRestricted: isRestricted)
  }

  /// Nil for a step that leads out of the range at once: it is more likely a mistake than a wish.
  private static func step(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
    guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }), let step = Int(text),
      (1...max(range.upperBound - range.lowerBound, 1)).contains(step)
    else { return nil }
    return step
  }
}
