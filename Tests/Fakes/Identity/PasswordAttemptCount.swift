import Domain
import FoundationEssentials

struct PasswordAttemptCount {
  struct Key: Hashable {
    let address: EmailAddress
    let device: DeviceID?
  }

  /// When all attempts of the window are back.
  var allBackAt: Date
  var inARow: Int
}
