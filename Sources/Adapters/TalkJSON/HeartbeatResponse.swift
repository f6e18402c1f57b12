import Application
import Domain
import NIOCore

/// The response to a heartbeat over HTTP.
public enum HeartbeatResponse {
  /// How often a page beats, in milliseconds. A gap of more than twice this ends the talk.
  public static let interval: Int64 = 5_000

  public static func body(_ talk: LiveTalk) -> ByteBuffer {
    var body = ByteBuffer()
    body.reserveCapacity(160)
    body.writeString("{")
    body.writeFigures(of: talk)
    body.writeString("}")
    return body
  }
}

extension ByteBuffer {
  /// Writes the members of a beat's response, over HTTP and over a link. The JSON is built by hand, because this
  /// response is sent thousands of times a second. Every part is a number or a word of this system, so nothing needs
  /// escaping.
  public mutating func writeFigures(of talk: LiveTalk) {
    writeString("\"state\":\"")
    writeString(talk.state.word)
    writeString("\",\"seq\":")
    writeString(String(talk.seq))
    writeString(",\"remaining_ms\":")
    writeString(String(talk.remaining.milliseconds))
    writeString(",\"charged_ms\":")
    writeString(String(talk.charged.milliseconds))
    writeString(",\"valid_for_ms\":")
    writeString(String(talk.validFor.milliseconds))
    writeString(talk.isFinal ? ",\"final\":true" : ",\"final\":false")
    writeWarning(talk.remaining)
  }

  mutating func writeWarning(_ remaining: TalkTime) {
    guard let warning = LowWarning(remaining: remaining) else { return }
    writeString(",\"warning\":\"")
    writeString(warning.rawValue)
    writeString("\"")
  }
}
