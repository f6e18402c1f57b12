import HTTPTransport

/// The members of an answer of generateContent that are used. Any of them may be missing.
struct GenerateContentResponse: Decodable {
  struct Part: Decodable {
    let text: String?
    /// Whether the part is what the model thought, which is no part of its answer.
    let thought: Bool?
  }
  struct Content: Decodable { let parts: [LenientlyDecoded<Part>]? }
  struct Candidate: Decodable {
    let content: LenientlyDecoded<Content>?
    let finishReason: LenientlyDecoded<String>?
  }
  struct Feedback: Decodable { let blockReason: String? }
  struct Usage: Decodable {
    let promptTokenCount, candidatesTokenCount, thoughtsTokenCount: LenientlyDecoded<Int64>?
  }
  let candidates: [LenientlyDecoded<Candidate>]?
  let promptFeedback: LenientlyDecoded<Feedback>?
  let usageMetadata: LenientlyDecoded<Usage>?
}
