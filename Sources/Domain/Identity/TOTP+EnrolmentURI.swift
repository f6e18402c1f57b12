extension TOTP {
  /// What an authenticator app shows beside the account.
  static let issuer = "Talktime"

  /// The address that a QR code holds, so that an app takes the secret over (Google Authenticator's key URI format).
  /// - Parameter secret: in Base32.
  public static func enrolmentURI(secret: String, account: EmailAddress) -> String {
    "otpauth://totp/\(issuer):\(percentEncoded(account.text))?secret=\(secret)&issuer=\(issuer)&algorithm=SHA1"
      + "&digits=\(digits)&period=\(stepLength)"
  }

  /// Leaves only the unreserved characters of RFC 3986 and the `@`, which a path may have.
  private static func percentEncoded(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@".utf8)
    return text.utf8.reduce(into: "") { encoded, byte in
      if plain.contains(byte) {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        encoded += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
  }
}
