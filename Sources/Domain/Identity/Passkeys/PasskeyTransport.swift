/// How a browser reaches an authenticator. It is a hint for the browser that is given back to it.
public enum PasskeyTransport: String, Sendable, CaseIterable {
  case usb, nfc, ble
  case smartCard = "smart-card"
  /// A phone beside the computer.
  case hybrid
  /// Built into the device.
  case `internal`
}
