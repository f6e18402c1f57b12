import CryptoAdapter
import Domain
import Runtime

struct AuthSettings: Sendable {
  let common: CommonSettings
  let jwtSecret: String
  let nextJWTSecret: String?
  let previousJWTSecret: String?
  let secretKey: String
  let googleClientID: String
  let googleBaseURL: String
  let passwordPolicy: PasswordPolicy

  init(_ reader: SettingsReader = SettingsReader()) throws {
    common = CommonSettings(reader, service: "auth")
    jwtSecret = reader.required("JWT_SECRET_KEY", secret: true)
    secretKey = reader.required("SECRET_KEY", "FLASK_SECRET_KEY", secret: true)
    googleClientID = reader.required("GOOGLE_CLIENT_ID")
    googleBaseURL = reader.baseURL("GOOGLE_BASE_URL", default: "https://www.googleapis.com")
    nextJWTSecret = reader.optional("JWT_SECRET_KEY_NEXT", secret: true)
    previousJWTSecret = reader.optional("JWT_SECRET_KEY_PREVIOUS", secret: true)
    passwordPolicy = PasswordPolicy(
      minimum: reader.int("PASSWORD_MIN", default: PasswordPolicy.defaultMinimum, in: 8...64))
    if common.isProduction {
      let secrets = [
        ("JWT_SECRET_KEY", jwtSecret), ("SECRET_KEY", secretKey), ("JWT_SECRET_KEY_NEXT", nextJWTSecret),
        ("JWT_SECRET_KEY_PREVIOUS", previousJWTSecret),
      ]
      for (name, value) in secrets where value.map({ $0.utf8.count < 32 }) == true {
        reader.add("\(name) is weaker than 32 random bytes")
      }
    }
    try reader.check()
  }
}
