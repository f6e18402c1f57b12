import Application
import Domain
import HTTPTypes
import Hummingbird

/// Makes a browser known after a change of its account, so that no stranger's wrong passwords keep the owner out of it.
struct KnownBrowser: Sendable {
  let accounts: any AccountRepository
  let cookie: RefreshCookie
  let knownDevice: KnownDeviceCookie

  /// Adds the cookie to a response to a browser, after its device ended all others, by which it was known no more.
  func remember(_ claims: AccessTokenClaims, _ request: Request, in response: inout Response) async {
    if cookie.isAsked(request) { await remember(claims.deviceID, of: claims.userID, request, in: &response) }
  }

  /// Adds the cookie to a response. What was asked for is done, so that it succeeds without the cookie, too.
  /// - Parameter device: by which a browser is known from now on that was not known before.
  func remember(_ device: DeviceID, of user: UserID, _ request: Request, in response: inout Response) async {
    guard let account = try? await accounts.account(user) else { return }
    let value = knownDevice.header(request, of: account, device: device)
    response.headers.append(HTTPField(name: .setCookie, value: value))
  }
}
