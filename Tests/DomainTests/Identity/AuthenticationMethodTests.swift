import Domain
import Testing

@Suite("How users prove their identity")
struct AuthenticationMethodTests {
  @Test("a code, a recovery code and a passkey are second factors, and a recovery code makes no operator")
  func factors() {
    for methods in [[], ["pwd"], ["google"], ["pwd", "google"], ["OTP"], ["mfa"], ["email"]] as [[String]] {
      #expect(!methods.haveSecondFactor && !methods.allowOperators)
    }
    for methods in [["pwd", "otp"], ["passkey"], ["google", "otp"]] {
      #expect(methods.haveSecondFactor && methods.allowOperators)
    }
    #expect(["pwd", "recovery"].haveSecondFactor && !["pwd", "recovery"].allowOperators)
  }

  @Test("the values of amr keep their names: tokens and rows have them")
  func names() {
    #expect(AuthenticationMethod.allCases.map(\.rawValue) == ["pwd", "google", "otp", "recovery", "passkey", "email"])
  }
}
