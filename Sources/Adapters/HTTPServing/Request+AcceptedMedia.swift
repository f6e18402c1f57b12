import Hummingbird

extension Request {
  /// The offered media type that the client prefers (RFC 9110, section 12.5.1). Between two equally preferred types,
  /// the one that the client named more specifically wins, then the one that is offered first.
  /// - Parameter offers: the types, such as `text/csv`, in lower case; the first is used if the client names none.
  /// - Parameter hint: the text for a client that accepts none of them; nil for the list of the offers.
  /// - Throws: 406 `not_acceptable` if the client accepts none of them.
  @discardableResult
  public func preferredMedia(of offers: [String], hint: String? = nil) throws(Problem) -> String {
    let ranges = headers[values: .accept].flatMap { $0.split(separator: ",") }.compactMap { MediaRange($0) }
    var best: (offer: String, liking: MediaRange.Liking)?
    for offer in offers {
      // A header that is absent, or has no readable element, accepts everything.
      let closest = ranges.compactMap { $0.liking(of: offer) }.max { $0.closeness < $1.closeness }
      guard let liking = ranges.isEmpty ? .indifferent : closest, liking.quality > 0 else { continue }
      if let best, best.liking >= liking { continue }
      best = (offer, liking)
    }
    guard let best else {
      throw Problem(
        .notAcceptable, code: "not_acceptable",
        detail: hint ?? "This can be had as \(offers.joined(separator: " or ")).",
        members: ["available": .list(offers)])
    }
    return best.offer
  }
}

/// One element of an Accept header. Parameters other than `q` are ignored.
private struct MediaRange {
  struct Liking: Comparable {
    /// In thousandths.
    let quality: Int
    /// 2 for a complete type, 1 for `text/*`, 0 for `*/*`.
    let closeness: Int

    static let indifferent = Liking(quality: 1_000, closeness: 0)

    static func < (left: Liking, right: Liking) -> Bool {
      (left.quality, left.closeness) < (right.quality, right.closeness)
    }
  }

  private let name: String
  private let quality: Int

  /// Nil for an element that is no media range, or whose quality is invalid.
  init?(_ element: Substring) {
    let parts = element.split(separator: ";").map { String($0).trimmed.lowercased() }
    guard let name = parts.first, name.split(separator: "/").count == 2 else { return nil }
    self.name = name
    guard let weight = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
      quality = 1_000
      return
    }
    guard let quality = Self.thousandths(weight.dropFirst(2)) else { return nil }
    self.quality = quality
  }

  func liking(of offer: String) -> Liking? {
    if name == offer { return Liking(quality: quality, closeness: 2) }
    if name == "*/*" { return Liking(quality: quality, closeness: 0) }
    guard name.hasSuffix("/*"), offer.hasPrefix(name.dropLast()) else { return nil }
    return Liking(quality: quality, closeness: 1)
  }

  /// Reads `0` or `1`, either with up to three decimals, and at most 1.
  private static func thousandths(_ text: Substring) -> Int? {
    guard text.wholeMatch(of: #/0(\.[0-9]{0,3})?|1(\.0{0,3})?/#) != nil else { return nil }
    guard let point = text.firstIndex(of: ".") else { return text == "1" ? 1_000 : 0 }
    let decimals = text[text.index(after: point)...]
    let padded = decimals + String(repeating: "0", count: 3 - decimals.count)
    return (text.first == "1" ? 1_000 : 0) + (Int(padded) ?? 0)
  }
}
