struct GoogleCredentialRequest: Decodable {
  let credential: String
  let nonce: String?
}
