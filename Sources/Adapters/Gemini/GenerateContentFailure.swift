import Domain
import FoundationEssentials
import HTTPTransport

/// An error of Google's APIs (google.rpc.Status).
struct GenerateContentFailure: Decodable {
  struct Detail: Decodable {
    struct Violation: Decodable { let quotaId, quotaMetric: LenientlyDecoded<String>? }
    let retryDelay, reason: LenientlyDecoded<String>?
    let violations: [LenientlyDecoded<Violation>]?
  }
  struct Failure: Decodable {
    let status, message: LenientlyDecoded<String>?
    let details: [LenientlyDecoded<Detail>]?

    /// google.rpc.RetryInfo, such as `34s`; at most an hour, nil if the text is not a duration.
    var retryDelay: Duration? {
      guard let text = details?.compactMap(\.value?.retryDelay?.value).first, text.hasSuffix("s"),
        let seconds = Double(text.dropLast())
      else { return nil }
      return Duration(seconds: seconds, upTo: .seconds(3_600))
    }

    /// Whether the quota of a day is used up (google.rpc.QuotaFailure), so that a pause of seconds cannot help.
    var isOfADay: Bool {
      let violations = (details ?? []).compactMap(\.value).flatMap { $0.violations ?? [] }.compactMap(\.value)
      return violations.flatMap { [$0.quotaId?.value, $0.quotaMetric?.value] }.contains { name in
        let name = name?.lowercased() ?? ""
        return name.contains("perday") || name.contains("per_day")
      }
    }

    /// Whether the request had more tokens than the model reads.
    var isTooLong: Bool { message?.value?.lowercased().contains("token count") == true }
  }
  let error: Failure
}
