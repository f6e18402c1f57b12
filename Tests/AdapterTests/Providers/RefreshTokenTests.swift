import Application
import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("Refresh tokens")
struct RefreshTokenTests {
  private let tokens = HMACRefreshTokenMinter(
    keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
  private let secret = Array(UInt8(0)..<32)

  @Test("a token is recognized as one of its device's, and reveals no other's")
  func family() {
    let device = DeviceID(UUID())
    let token = tokens.token(of: device, secret: secret)
    #expect(token.hasPrefix("tt_r_") && token.utf8.count == 91)
    #expect(tokens.family(of: token) == device)
    #expect(token != tokens.token(of: device, secret: secret.reversed()))
  }

  @Test("a token that was not made here belongs to nobody")
  func foreign() {
    let token = tokens.token(of: DeviceID(UUID()), secret: secret)
    let other = HMACRefreshTokenMinter(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    #expect(other.family(of: token) == nil)
    for place in token.indices.dropFirst(5) {
      var changed = token
      changed.replaceSubrange(place...place, with: token[place] == "A" ? "B" : "A")
      #expect(tokens.family(of: changed) == nil, "\(token.distance(from: token.startIndex, to: place))")
    }
    for text in ["", "tt_r_", "tt_r_AAAA", String(token.dropFirst(5)), token + "=", token + "A", " " + token] {
      #expect(tokens.family(of: text) == nil)
    }
  }

  @Test("a successor is sealed for the token that it replaces")
  func sealed() throws {
    let (parent, successor) = ("tt_r_parent", "tt_r_successor")
    let sealed = try tokens.seal(successor, under: parent)
    #expect(tokens.unseal(sealed, with: parent) == successor)
    #expect(tokens.unseal(sealed, with: "tt_r_parenu") == nil)
    #expect(tokens.unseal(sealed, with: String(decoding: SHA256TokenHasher().sha256(parent), as: UTF8.self)) == nil)
    #expect(tokens.unseal(Array(sealed.dropLast()), with: parent) == nil && tokens.unseal([], with: parent) == nil)
    #expect(String(decoding: sealed, as: UTF8.self).contains("successor") == false)
    // No two are alike.
    #expect(try tokens.seal(successor, under: parent) != sealed)
  }
}
