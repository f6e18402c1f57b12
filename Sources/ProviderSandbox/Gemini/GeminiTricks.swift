/// What the imitated model does with the next requests, beside the plan that it writes otherwise.
enum GeminiTrick: String, Sendable, CaseIterable {
  /// The prompt is blocked: an answer without candidates.
  case promptBlocked = "prompt_blocked"
  /// The answer ends with the finish reason of this name.
  case safety, recitation, language, other
  /// The answer ends with a finish reason that no client knows.
  case unknownFinish = "unknown_finish"
  /// The answer is cut off at every size.
  case truncated
  /// The answer is cut off because the model thinks too long, unless its thinking is limited or there is much room.
  case thinking
  /// The answer has a thought in front.
  case thoughts
  /// The plan stands in a fence of Markdown, or behind words.
  case fenced, prefixed
  /// The model refuses in words.
  case declined
  /// There are no candidates, or none of the text is the plan.
  case empty, malformed
  /// The JSON has another form.
  case otherForm = "other_form"
  /// The request is refused by a quota of a minute, or of a day.
  case rateLimited = "rate_limited", dailyQuota = "daily_quota"
  /// The model, or the key, is no longer good.
  case retired, keyExpired = "key_expired"
  /// The prompt has more tokens than the model reads.
  case tooLong = "too_long"
}

/// The trick that is set, for a number of requests.
actor GeminiTricks {
  private var trick: GeminiTrick?
  private var times: Int?
  /// A part of the model's name; nil for every model.
  private var model: String?

  func set(_ trick: GeminiTrick, times: Int?, model: String?) {
    (self.trick, self.times, self.model) = (trick, times, model)
  }

  func clear() { (trick, times, model) = (nil, nil, nil) }

  /// The trick for this request, if any; counts the request.
  func take(model name: String) -> GeminiTrick? {
    guard let trick, model.map({ name.contains($0) }) ?? true else { return nil }
    if let left = times {
      times = left - 1
      if left <= 1 { clear() }
    }
    return trick
  }
}
