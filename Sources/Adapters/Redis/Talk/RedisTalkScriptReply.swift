import Application
import Domain
import FoundationEssentials
import RedisDriver

/// The scripts' reply about a talk: a code, the figures as twelve doubles (big-endian), the reason of the end, the
/// user, the trace.
struct RedisTalkScriptReply {
  enum Figure: Int, CaseIterable {
    case state, seq, remaining, metered, granted, available, isFinal, left, slice, version, forgiven, beats
  }

  /// The format in which the scripts pack the figures.
  static let layout = ">" + String(repeating: "d", count: Figure.allCases.count)

  let code: Int64
  let reason: String?
  let user: UserID?
  let trace: TalkBeatSummary?
  /// Set for a live talk that was read: the time since its last beat, and its first beat in milliseconds since 1970.
  let silence, firstBeat: Int64?
  private let figures: [UInt8]

  init?(_ reply: RedisValue) {
    if case .bulk(let figures) = reply {
      // The reply to a usual beat.
      self.figures = figures
      code = 0
      (reason, user, trace, silence, firstBeat) = (nil, nil, nil, nil, nil)
      return
    }
    guard let words = reply.array, let code = words.first?.int else { return nil }
    self.code = code
    figures = words.count > 1 ? words[1].bytes ?? [] : []
    reason = words.count > 2 ? words[2].string : nil
    user = words.count > 3 ? words[3].string.flatMap { UserID($0) } : nil
    trace =
      words.count > 4
      ? words[4].bytes.flatMap { try? JSONDecoder().decode(TalkBeatSummary.self, from: Data($0)) } : nil
    silence = words.count > 6 ? words[5].int : nil
    firstBeat = words.count > 6 ? words[6].int : nil
  }

  /// Nil if the reply contains no talk.
  subscript(_ figure: Figure) -> Int64? {
    guard figures.count == 8 * Figure.allCases.count else { return nil }
    let bits = figures.withUnsafeBytes {
      UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8 * figure.rawValue, as: UInt64.self))
    }
    return Int64(exactly: Double(bitPattern: bits))
  }

  func talk(_ session: SessionID, of user: UserID) throws(LiveTalkError) -> LiveTalk {
    guard let state = self[.state].flatMap({ Meter.State(rawValue: $0) }) else { throw .unavailable }
    return LiveTalk(
      id: session, user: user, state: state, seq: try number(.seq), remaining: .milliseconds(try number(.remaining)),
      charged: .milliseconds(try number(.metered)), granted: .milliseconds(try number(.granted)),
      isFinal: try number(.isFinal) == 1, validFor: .milliseconds(try number(.left)), slice: try number(.slice),
      walletVersion: try number(.version), endReason: reason.flatMap { EndReason(rawValue: $0) },
      forgiven: .milliseconds(try number(.forgiven)), beats: try number(.beats), trace: trace)
  }

  private func number(_ figure: Figure) throws(LiveTalkError) -> Int64 {
    guard let number = self[figure] else { throw .unavailable }
    return number
  }
}
