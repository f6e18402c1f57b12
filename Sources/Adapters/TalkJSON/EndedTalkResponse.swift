import Application
import Domain

public struct EndedTalkResponse: Encodable {
  let state = "ended"
  let charged: Int64
  public let settled: Bool
  /// Absent while the charge is provisional.
  let balance: Int64?
  let endReason: String

  public init(_ ended: EndedTalk) {
    switch ended {
    case .settled(let talk):
      (charged, settled, balance) = (talk.charged.milliseconds, true, talk.balance.milliseconds)
      endReason = talk.reason.rawValue
    case .provisional(let charge, let reason):
      (charged, settled, balance, endReason) = (charge.milliseconds, false, nil, reason.rawValue)
    }
  }

  enum CodingKeys: String, CodingKey {
    case state, charged = "charged_ms", settled, balance = "balance_ms", endReason = "end_reason"
  }
}
