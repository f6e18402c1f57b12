import Application
import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("The sealing of care plans")
struct AESGCMCarePlanSealerTests {
  private let old = DerivedKeys(secret: "a root secret of more than thirty-two bytes")
  private let new = DerivedKeys(secret: "another secret of more than thirty-two bytes")
  private let plan = #"{"title":"नींद"}"#

  private func session(_ text: String = "AAAAAAAAAAAAAAAAAAAAAA") throws -> SessionID { try #require(SessionID(text)) }

  @Test("a sealed plan is opened for its session, under its key, and unchanged only")
  func sealed() throws {
    let sealer = AESGCMCarePlanSealer(keys: old)
    let (key, another) = (try sealer.newKey(), try sealer.newKey())
    let sealed = try sealer.seal(plan, of: session(), under: key)
    #expect(sealer.unseal(sealed, of: try session(), under: key) == plan)
    #expect(sealer.unseal(sealed, of: try session("AAAAAAAAAAAAAAAAAAAAAQ"), under: key) == nil)
    #expect(sealer.unseal(sealed, of: try session(), under: another) == nil)
    #expect(try sealer.seal(plan, of: session(), under: key) != sealed && key.wrapped != another.wrapped)
    #expect(!String(decoding: sealed, as: UTF8.self).contains("title"))
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(sealer.unseal(changed, of: try session(), under: key) == nil)
    }
  }

  @Test("a wrapped key counts with its id only, and without the secret nothing is opened or sealed")
  func keys() throws {
    let sealer = AESGCMCarePlanSealer(keys: old)
    let key = try sealer.newKey()
    let sealed = try sealer.seal(plan, of: session(), under: key)
    let moved = WrappedCarePlanKey(id: UUID(), wrapped: key.wrapped)
    #expect(sealer.unseal(sealed, of: try session(), under: moved) == nil && !sealer.isCurrent(moved))
    let stranger = AESGCMCarePlanSealer(keys: new)
    #expect(stranger.unseal(sealed, of: try session(), under: key) == nil && !stranger.isCurrent(key))
    #expect(throws: CarePlanSealingError.self) { try stranger.seal(plan, of: session(), under: key) }
  }

  @Test("after a change of the secret old plans are opened with the previous one, and new ones get a new key")
  func rotation() throws {
    let before = AESGCMCarePlanSealer(keys: old)
    let after = AESGCMCarePlanSealer(keys: new, previous: old)
    let key = try before.newKey()
    let sealed = try before.seal(plan, of: session(), under: key)
    #expect(after.unseal(sealed, of: try session(), under: key) == plan)
    let newKey = try after.newKey()
    #expect(before.isCurrent(key) && !after.isCurrent(key) && after.isCurrent(newKey))
  }

  @Test("a key that is wrapped anew opens what it sealed, without the previous secret")
  func rewrapped() throws {
    let after = AESGCMCarePlanSealer(keys: new, previous: old)
    let key = try AESGCMCarePlanSealer(keys: old).newKey()
    let sealed = try AESGCMCarePlanSealer(keys: old).seal(plan, of: session(), under: key)
    let anew = try #require(try after.rewrapped(key))
    #expect(anew.id == key.id && after.isCurrent(anew))
    #expect(AESGCMCarePlanSealer(keys: new).unseal(sealed, of: try session(), under: anew) == plan)
    #expect(try after.rewrapped(anew) == nil && AESGCMCarePlanSealer(keys: new).rewrapped(key) == nil)
  }
}
