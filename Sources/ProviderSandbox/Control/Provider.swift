/// The imitated provider. The raw value is the first segment of its addresses.
enum Provider: String, Sendable, CaseIterable {
  case razorpay, elevenlabs, google, gemini, mailjet
}
