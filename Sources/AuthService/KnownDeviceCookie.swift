import Application
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// The proofs that somebody has signed in to an account with this browser before, or has used a mail of the account in
/// it, for its last four accounts. They sign nobody in: wrong passwords from such a browser are counted apart.
struct KnownDeviceCookie: Sendable {
  private static let mostAccounts = 4
  /// 400 days, the longest that browsers keep a cookie.
  private static let seconds = 34_560_000

  private let isSecure: Bool
  private let name: String
  private let prover: any KnownDeviceProver

  init(publicURL: String, prover: any KnownDeviceProver) {
    isSecure = publicURL.hasPrefix("https://")
    name = isSecure ? "__Secure-tt_known" : "tt_known"
    self.prover = prover
  }

  func proofs(_ request: Request) -> [String] {
    let cookies = (request.headers[.cookie] ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
    guard let cookie = cookies.first(where: { $0.hasPrefix("\(name)=") }) else { return [] }
    return cookie.dropFirst(name.count + 1).split(separator: "~").prefix(Self.mostAccounts).map(String.init)
  }

  /// A browser that is known keeps its proof, and with it its own count.
  func header(_ request: Request, _ tokens: Tokens) -> String {
    header(request, of: tokens.account, device: tokens.deviceID)
  }

  /// - Parameter device: by which a browser is known from now on that was not known before.
  func header(_ request: Request, of account: Account, device: DeviceID) -> String {
    let presented = proofs(request)
    let own = presented.first { prover.device(provenBy: $0, for: account) != nil }
    let others = presented.filter {
      prover.read($0, user: account.id) == nil && $0.utf8.allSatisfy(Self.isPlain) && $0.utf8.count < 128
    }
    let value = ([own ?? prover.proof(of: device, for: account)] + others).prefix(Self.mostAccounts)
      .joined(separator: "~")
    return
      "\(name)=\(value); HttpOnly; \(isSecure ? "Secure; " : "")SameSite=Strict; Path=/auth; Max-Age=\(Self.seconds)"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
  }
}
