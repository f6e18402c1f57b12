import Application
import Domain
import NIOCore

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
