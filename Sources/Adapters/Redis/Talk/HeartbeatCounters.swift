import Application
import Metrics

/// Counts heartbeats by what came of them. The counters are made once, because a beat must cost little.
struct HeartbeatCounters: Sendable {
  private let accepted = Self.counter("accepted")
  private let ended = Self.counter("ended")
  private let limited = Self.counter("limited")
  private let refused = Self.counter("refused")
  private let failed = Self.counter("failed")

  func note(_ result: Result<HeartbeatResult, LiveTalkError>) {
    switch result {
    case .success(.accepted): accepted.increment()
    case .success(.ended): ended.increment()
    case .success(.limited): limited.increment()
    case .success(.notFound), .success(.revoked): refused.increment()
    case .success(.unknowable), .failure: failed.increment()
    }
  }

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "talktime_heartbeats", dimensions: [("outcome", outcome)])
  }
}
