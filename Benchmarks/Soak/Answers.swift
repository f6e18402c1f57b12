/// The parts of the service's answers that a talker reads.
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

/// A problem document, as far as a talker looks at it.
struct Refusal: Decodable { let code: String }

/// The answer to a hang-up, and the problem that a beat hears when its talk is over.
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
