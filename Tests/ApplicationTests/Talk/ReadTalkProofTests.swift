import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The proof of a charge")
struct ReadTalkProofTests {
  private let world = TalkWorld()
  private var read: ReadTalkProof { ReadTalkProof(proofs: world.ledger) }

  @Test("the proof of a whole talk with a silence and a top-up adds up")
  func adds() async throws {
    let session = try await world.talking(for: .seconds(40))
    await world.hold(session, slice: 2, metered: .seconds(40), user: world.user)
    world.ledger.credit(world.user, .minutes(5))
    world.live.advance(.milliseconds(9_500))
    try await world.beat(session)
    world.live.advance(.seconds(2))
    _ = try await world.end(session, by: world.user)
    let proof = try await read(session, by: world.user)
    #expect(proof.record.charged == .milliseconds(51_500) && proof.taken == proof.record.charged && proof.agrees)
    #expect(proof.beats == 10 && proof.grants.map(\.cumulative) == [.seconds(60), .seconds(120)])
    let trace = try #require(proof.trace)
    #expect(trace.chargedToLastBeat == .milliseconds(49_500))
    #expect(
      trace.gaps.first == [TalkGap(at: .seconds(40), length: .milliseconds(9_500), charged: .milliseconds(9_500))])
    #expect(proof.walletChanges.map(\.amount) == [.minutes(5)])
  }

  @Test("the proof is for the talk's user and for operators, once the talk is settled")
  func access() async throws {
    let session = try await world.talking(for: .seconds(5))
    await #expect(throws: ReadTalkProofError.sessionLive) { _ = try await read(session, by: world.user) }
    _ = try await world.end(session, by: world.user)
    #expect(try await read(session, by: nil).record.session == session)
    await #expect(throws: ReadTalkProofError.notFound) { _ = try await read(session, by: UserID(UUID())) }
    await #expect(throws: ReadTalkProofError.notFound) { _ = try await read(try world.newSession(), by: nil) }
    world.ledger.happen(at: .proof, .fails)
    await #expect(throws: ReadTalkProofError.unavailable) { _ = try await read(session, by: nil) }
  }
}
