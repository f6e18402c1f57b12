/// The phrases by which somebody says that life is in danger. They are looked for in what the user said, before a model
/// reads it and whatever it answers. A phrase too many costs the reader a few lines; one too few may cost a life.
public enum CrisisPhrases {
  /// Whether the user said one of them.
  public static func areIn(_ transcript: Transcript) -> Bool {
    transcript.lines.contains { $0.role == .user && areIn($0.text) }
  }

  static func areIn(_ text: String) -> Bool {
    let spoken = " \(words(text)) "
    return phrases.contains { spoken.contains(" \($0) ") } || stems.contains { spoken.contains(" \($0)") }
  }

  /// The words in lower case with one blank between them. Apostrophes are dropped, so that "don't" and "dont" are one.
  private static func words(_ text: String) -> String {
    let letters = text.lowercased().unicodeScalars.filter { !dropped.contains($0) }
    let words = String(String.UnicodeScalarView(letters)).split { !($0.isLetter || $0.isNumber) }
    return words.joined(separator: " ")
  }

  /// Apostrophes, and what is not seen.
  private static let dropped = "'’‘ʼ`\u{200B}\u{200C}\u{200D}\u{AD}".unicodeScalars

  /// Whole words. The dictionary form of a verb has its object, since "kill" alone is no sign.
  private static let phrases = [
    "kill myself", "killing myself", "end my life", "ending my life", "end it all", "take my life",
    "take my own life", "taking my own life", "want to die", "wanna die", "wish i was dead", "wish i were dead",
    "rather be dead", "better off dead", "better off without me", "no reason to live", "nothing to live for",
    "dont want to live", "do not want to live", "dont want to be alive", "do not want to be alive",
    "dont want to wake up", "cant go on living", "cannot go on living", "hurt myself", "hurting myself", "harm myself",
    "harming myself", "self harm", "selfharm", "cut myself", "cutting myself", "hang myself", "shoot myself",
    "drown myself", "jump off a bridge", "jump off the roof", "jump in front of a train", "overdose", "overdosed",
    "khudkushi", "khudkhushi", "aatmahatya", "atmahatya", "marna chahta", "marna chahti", "mar jana chahta",
    "mar jana chahti", "jeena nahi chahta", "jeena nahi chahti", "jina nahi chahta", "jina nahi chahti",
    "khud ko maar", "मरना चाहता", "मरना चाहती", "मर जाना चाहता", "मर जाना चाहती", "जीना नहीं चाहता", "जीना नहीं चाहती",
    "खुद को मार", "जान देना चाहता", "जान देना चाहती",
    "me quiero morir", "quiero morir", "quitarme la vida", "mich umbringen", "nicht mehr leben", "me tuer",
    "envie de mourir",
  ].map { words($0) }

  /// Beginnings of words.
  private static let stems = [
    "suicid", "आत्महत्या", "ख़ुदकुशी", "खुदकुशी", "selbstmord", "suizid",
  ].map { words($0) }
}
