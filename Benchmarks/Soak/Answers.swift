/// The members of the service's responses that a talker reads.
struct StartedTalk: Decodable {
  let id: String
  let conversation: String
  enum CodingKeys: String, CodingKey { case id, conversation = "conversation_id" }
}

struct BeatTaken: Decodable {
  let seq: Int64
  let charged: Int64
  enum CodingKeys: String, CodingKey { case seq, charged = "charged_ms" }
}

/// A problem document, with the member that a talker reads.
struct Refusal: Decodable { let code: String }

/// The response to a hang-up, and the problem document that a beat receives when its talk is over.
struct TalkOver: Decodable {
  let charged: Int64
  let reason: String
  let settled: Bool?
  enum CodingKeys: String, CodingKey { case charged = "charged_ms", reason = "end_reason", settled }
}

struct TalkSeen: Decodable {
  let seq: Int64?
}

struct PlacedOrder: Decodable {
  let razorpayID: String
  enum CodingKeys: String, CodingKey { case razorpayID = "razorpay_order_id" }
}

struct PaymentState: Decodable {
  let status: String
}
