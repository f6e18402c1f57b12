/// An amount in billionths of a rupee, always a whole number. A token costs thousands of them and much less than a
/// paisa, which has ten million.
public struct NanoRupees: Hashable, Sendable, CustomStringConvertible {
  public let count: Int64

  public init(_ count: Int64) { self.count = count }

  public var description: String { "\(count) nanorupees" }
}

/// What a language model charges for.
public enum ModelTokenKind: String, Sendable, CaseIterable {
  case prompt, thoughts, answer
}

/// The prices of a model's tokens, each in whole paise a million tokens.
public struct TokenPrices: Sendable, Equatable {
  public let prompt, thoughts, answer: Paise

  /// A thousand rupees for a thousand tokens. A higher price is a typing error.
  public static let most = Paise(100_000_000)

  /// Nil for a negative price, and for one above `most`.
  public init?(prompt: Paise, thoughts: Paise, answer: Paise) {
    guard [prompt, thoughts, answer].allSatisfy({ (Paise.zero...Self.most).contains($0) }) else { return nil }
    self.prompt = prompt
    self.thoughts = thoughts
    self.answer = answer
  }

  /// The cost without any rounding: a paisa a million tokens is ten billionths of a rupee a token.
  public func cost(of tokens: Int64, _ kind: ModelTokenKind) -> NanoRupees {
    let price =
      switch kind {
      case .prompt: prompt
      case .thoughts: thoughts
      case .answer: answer
      }
    return NanoRupees(tokens.clampedMultiplied(by: price.count).clampedMultiplied(by: 10))
  }
}

/// The prices of each model. Of a model without any no cost is known.
public struct ModelPrices: Sendable, Equatable {
  private let prices: [String: TokenPrices]

  public static let none = ModelPrices([:])

  public init(_ prices: [String: TokenPrices]) { self.prices = prices }

  /// Reads a list such as `gemini-a=2500/21000/21000,gemini-b=800/6000/6000`: a model, and the prices of the tokens of
  /// its prompt, its thoughts and its answer, in whole paise a million tokens.
  /// - Returns: nil for any other text, and for a model that is named twice.
  public init?(_ text: String) {
    var prices: [String: TokenPrices] = [:]
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let match = entry.wholeMatch(of: #/ *([A-Za-z0-9._-]+)=([0-9]{1,9})\/([0-9]{1,9})\/([0-9]{1,9}) */#),
        let prompt = Int64(match.2), let thoughts = Int64(match.3), let answer = Int64(match.4),
        let found = TokenPrices(prompt: Paise(prompt), thoughts: Paise(thoughts), answer: Paise(answer)),
        prices.updateValue(found, forKey: String(match.1)) == nil
      else { return nil }
    }
    self.init(prices)
  }

  /// Nil if the model's prices are not known.
  public func cost(of tokens: Int64, _ kind: ModelTokenKind, by model: String) -> NanoRupees? {
    prices[model]?.cost(of: tokens, kind)
  }
}
