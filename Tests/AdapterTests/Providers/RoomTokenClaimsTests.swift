import Foundation
import Testing

@testable import ElevenLabsAdapter

@Suite("The token of a WebRTC connection")
struct RoomTokenClaimsTests {
  private func token(_ claims: String) -> String {
    let payload = Data(claims.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
      .replacing("/", with: "_")
    return "eyJhbGciOiJIUzI1NiJ9.\(payload).c2lnbmF0dXJl"
  }

  @Test("the token names its conversation by its room")
  func room() {
    let claims = #"{"sub":"user_1?>","video":{"room":"room_agent_01jx_conv_01kaz9","roomJoin":true}}"#
    #expect(RoomTokenClaims(token(claims))?.conversation == "conv_01kaz9")
  }

  @Test("a token without a room name has no conversation")
  func none() {
    for claims in ["{}", #"{"video":{}}"#, #"{"video":{"room":"room_1"}}"#, #"{"video":{"room":"conv_"}}"#, "[]", ""] {
      #expect(RoomTokenClaims(token(claims)) == nil)
    }
    for text in ["", "a.b", "a.b.c.d", "a.!.c"] { #expect(RoomTokenClaims(text) == nil) }
  }
}
