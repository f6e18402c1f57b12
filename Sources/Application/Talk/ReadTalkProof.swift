import Domain

public enum ReadTalkProofError: StableError {
  case notFound
  /// The talk is not settled yet: there is nothing to prove.
  case sessionLive
  case unavailable

  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .sessionLive: "session_live"
    case .unavailable: "talks_unavailable"
    }
  }
}

/// Reads the proof of a settled talk, for its user and for operators.
public struct ReadTalkProof: Sendable {
  private let proofs: any TalkProofReader

  public init(proofs: any TalkProofReader) { self.proofs = proofs }

  /// - Parameter user: the user who asks; nil for an operator.
  public func callAsFunction(_ session: SessionID, by user: UserID?) async throws(ReadTalkProofError) -> TalkProof {
    let found: TalkProof?
    do { found = try await proofs.proof(of: session) } catch { throw .unavailable }
    guard let proof = found, user == nil || proof.record.user == user else { throw .notFound }
    guard proof.record.isEnded else { throw .sessionLive }
    return proof
  }
}
