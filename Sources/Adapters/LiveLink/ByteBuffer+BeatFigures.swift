import Application
import Domain
import NIOCore

extension ByteBuffer {
  /// The members of a beat's answer, over HTTP and over a link. They are written by hand: it is the one that is written
  /// thousands of times a second, and every part of it is a number or a word of ours.
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
