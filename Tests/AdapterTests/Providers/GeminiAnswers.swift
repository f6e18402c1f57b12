import Foundation

/// What Gemini answers, in its own form.
enum GeminiAnswers {
  static var plan: [String: Any] {
    [
      "title": "Sleep better", "summary": "You sleep badly.", "concerns": ["The nights"], "goals": ["Seven hours"],
      "steps": [["title": "No screens", "detail": "For an hour.", "due": "2026-12-05"]], "follow_up": "In a week",
      "seek_help_if": ["It lasts"],
    ]
  }

  static func text(_ value: Any) -> String {
    (try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])).map {
      String(decoding: $0, as: UTF8.self)
    }
      ?? ""
  }

  /// - Parameter parts: the parts of the answer's content.
  static func candidate(_ parts: [[String: Any]], finish: String? = "STOP") -> String {
    var candidate: [String: Any] = ["content": ["role": "model", "parts": parts] as [String: Any]]
    candidate["finishReason"] = finish
    return text(["candidates": [candidate]])
  }

  static func answer(_ reply: String, finish: String? = "STOP") -> String {
    candidate([["text": reply]], finish: finish)
  }

  static func error(_ code: Int, _ status: String, _ message: String = "", _ details: [[String: Any]] = []) -> String {
    text(["error": ["code": code, "status": status, "message": message, "details": details] as [String: Any]])
  }

  static let written = answer(text(plan))
}
