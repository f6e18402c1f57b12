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
  let passwordHashing: Argon2Parameters
  /// Where passwords of breaches are looked up; nil for nowhere.
  let breachedPasswordsURL: String?
  /// Whether an account begins with the proof of its address, so that a registration does not tell who has one.
  let verifiesFirst: Bool
  /// What users have to consent to before a talk; nil for nothing.
  let consentVersion: ConsentVersion?
  let carePlanMail: CarePlanMailPolicy

  init(_ reader: SettingsReader = SettingsReader()) throws {
    common = CommonSettings(reader, service: "auth")
    jwtSecret = reader.required("JWT_SECRET_KEY", secret: true)
    nextJWTSecret = reader.optional("JWT_SECRET_KEY_NEXT", secret: true)
    previousJWTSecret = reader.optional("JWT_SECRET_KEY_PREVIOUS", secret: true)
    secretKey = reader.required("SECRET_KEY", "FLASK_SECRET_KEY", secret: true)
    googleClientID = reader.required("GOOGLE_CLIENT_ID")
    googleBaseURL = reader.baseURL("GOOGLE_BASE_URL", default: "https://www.googleapis.com")
    passwordPolicy = PasswordPolicy(
      minimum: reader.int("PASSWORD_MIN", default: PasswordPolicy.defaultMinimum, in: 8...64))
    breachedPasswordsURL =
      reader.optional("BREACHED_PASSWORDS_URL") == nil ? nil : reader.baseURL("BREACHED_PASSWORDS_URL")
    let least = Argon2Parameters.recommended
    passwordHashing = Argon2Parameters(
      memoryKiB: UInt32(
        clamping: reader.int(
          "ARGON2_MEMORY_KIB", default: Int(least.memoryKiB), in: Int(least.memoryKiB)...1_048_576)),
      passes: UInt32(clamping: reader.int("ARGON2_PASSES", default: Int(least.passes), in: Int(least.passes)...100)))
    if !passwordHashing.isWithinLimits {
      reader.add("ARGON2_MEMORY_KIB times ARGON2_PASSES is above \(Argon2Parameters.maximumWork)")
    }
    let signUp = reader.string("SIGNUP", default: "open")
    verifiesFirst = signUp == "verify_first"
    if !["open", "verify_first"].contains(signUp) { reader.add("SIGNUP is neither open nor verify_first") }
    consentVersion = reader.consentVersion()
    carePlanMail = reader.carePlanMailPolicy(isProduction: common.isProduction)
    if common.isProduction { reader.refuseWeakSecrets() }
    try reader.check()
  }
}
