import Application
import Domain

/// Links with Google over the accounts and the devices in memory.
public final class InMemoryGoogleLinkRepository: GoogleLinkRepository {
  private let accounts: InMemoryAccountRepository
  private let devices: InMemoryDeviceRepository

  public init(accounts: InMemoryAccountRepository, devices: InMemoryDeviceRepository) {
    self.accounts = accounts
    self.devices = devices
  }

  public func join(_ person: GoogleIdentity) async throws(IdentityError) -> GoogleJoinResult {
    let (result, lost) = try accounts.join(person)
    if let lost { devices.endAllNow(of: lost, cause: .claimed) }
    guard case .joined(let account) = result else { return result }
    return .joined(account.with(knownDevicesEpoch: devices.epoch(of: account.id)))
  }

  public func link(googleSubject: String, to user: UserID) async throws(IdentityError) -> GoogleLinkResult {
    accounts.link(googleSubject, to: user)
  }

  public func unlink(_ user: UserID) async throws(IdentityError) -> GoogleUnlinkResult { accounts.unlink(user) }
}
