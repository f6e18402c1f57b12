import Application
import Domain
import Foundation

enum IdentityDevice {
  /// A device with a token of its own.
  static func new(_ id: DeviceID, at date: Date) -> NewDevice {
    NewDevice(
      id: id, tokenHash: Array(id.description.utf8), authenticatedAt: date, methods: ["pwd"], userAgent: nil)
  }
}
