import CryptoAdapter
import Domain
import Runtime

struct AuthSettings: Sendable {
  let common: CommonSettings
  let jwtSecret: String
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
    passwordPolicy = PasswordPolicy(
      minimum: reader.int("PASSWORD_MIN", default: PasswordPolicy.defaultMinimum, in: 8...64))
    if common.isProduction {
      for (name, value) in [("JWT_SECRET_KEY", jwtSecret), ("SECRET_KEY", secretKey)] where value.utf8.count < 32 {
        reader.add("\(name) is weaker than 32 random bytes")
      }
    }
    try reader.check()
  }
}
