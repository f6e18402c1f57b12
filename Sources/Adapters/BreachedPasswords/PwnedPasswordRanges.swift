import Application
import Crypto
import Domain
import FoundationEssentials
import HTTPTransport
import Metrics

/// Asks a service with the range protocol of Pwned Passwords: it gets the first five hexadecimal digits of the
/// password's SHA-1 and answers with the other 35 of every password that begins so, each with how often it was found.
/// The answer is padded, so that its length tells nothing either.
public struct PwnedPasswordRanges: BreachedPasswordDirectory {
  private static let prefix = 5
  private let http: any RequestSender
  private let baseURL: String

  public init(http: any RequestSender, baseURL: String) {
    self.http = http
    self.baseURL = baseURL
  }

  public func contains(_ password: Password) async -> Bool {
    let digest = Self.hex(Insecure.SHA1.hash(data: Array(password.text.utf8)))
    guard let answer = await ask(digest.prefix(Self.prefix)) else {
      Self.count("failed")
      return false
    }
    let isKnown = Self.has(digest.dropFirst(Self.prefix), in: answer)
    Self.count(isKnown ? "known" : "unknown")
    return isKnown
  }

  private func ask(_ prefix: Substring) async -> String? {
    let request = HTTPClientRequest(
      method: "GET", url: "\(baseURL)/range/\(prefix)", headers: [("Add-Padding", "true")], operation: "GET range")
    guard let response = try? await http.send(request, deadline: .seconds(1)), response.status == 200 else {
      return nil
    }
    return String(decoding: response.body, as: UTF8.self)
  }

  /// A line is `SUFFIX:COUNT`. One that was added as padding has the count 0.
  private static func has(_ suffix: Substring, in answer: String) -> Bool {
    answer.split(whereSeparator: \.isNewline).contains { line in
      let parts = line.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].uppercased() == suffix else { return false }
      return (Int(parts[1].filter { $0 != " " }) ?? 0) > 0
    }
  }

  private static func hex(_ digest: Insecure.SHA1.Digest) -> String {
    let digits = Array("0123456789ABCDEF")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  private static func count(_ outcome: String) {
    Counter(label: "talktime_breached_password_checks", dimensions: [("outcome", outcome)]).increment()
  }
}
