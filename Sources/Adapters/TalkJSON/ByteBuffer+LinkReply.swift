import Application
import NIOCore

extension ByteBuffer {
  /// - Parameter interval: how often a client beats, in milliseconds.
  public mutating func write(_ answer: LinkServerMessage, interval: Int64) {
    switch answer {
    case .heartbeat(let talk):
      writeString("{\"type\":\"heartbeat\",")
      writeFigures(of: talk)
    case .ready(let change):
      writeString("{\"type\":\"ready\",\"state\":\"\(change.state.word)\"")
      writeBalance(change)
      writeString(",\"heartbeat_interval_ms\":\(interval)")
    case .low(let change):
      writeString("{\"type\":\"low\"")
      writeBalance(change)
      writeWarning(change.remaining)
    case .toppedUp(let change):
      writeString("{\"type\":\"topped_up\"")
      writeBalance(change)
    case .ended(let end): write(end)
    case .unavailable(let asked):
      writeString("{\"type\":\"unavailable\",\"request\":\"\(asked.rawValue)\",\"retry_after_ms\":1000")
    }
    writeString("}")
  }

  private mutating func writeBalance(_ change: TalkUpdate) {
    writeString(",\"remaining_ms\":\(change.remaining.milliseconds),\"charged_ms\":\(change.charged.milliseconds)")
  }

  private mutating func write(_ end: TalkEndNotice) {
    writeString("{\"type\":\"ended\",\"state\":\"ended\",\"end_reason\":\"\(end.reason.rawValue)\"")
    writeString(",\"remaining_ms\":\(end.remaining.milliseconds),\"charged_ms\":\(end.charged.milliseconds)")
    if let settled = end.settled { writeString(",\"settled\":\(settled)") }
  }
}
