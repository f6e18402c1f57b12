import FoundationEssentials

/// The token of a WebRTC connection: a JWT of LiveKit, whose `video.room` contains the conversation's name, such as
/// `room_agent_1_conv_2`. ElevenLabs checks the token; only the name is read here.
struct RoomTokenClaims {
  private struct Claims: Decodable {
    struct Video: Decodable { let room: String? }
    let video: Video?
  }

  let conversation: String

  /// Nil if the token names no conversation.
  init?(_ token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = Self.decoded(parts[1]),
      let room = try? JSONDecoder().decode(Claims.self, from: payload).video?.room,
      let name = room.firstMatch(of: /conv_[A-Za-z0-9]+/)
    else { return nil }
    conversation = String(name.output)
  }

  private static func decoded(_ part: Substring) -> Data? {
    let standard = part.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4))
  }
}
