import Application
import FoundationEssentials

struct DeviceResponse: Encodable {
  let id: String
  /// Whether it is the device of the request.
  let current: Bool
  let userAgent: String?
  /// Never a whole address.
  let network: String?
  let createdAt, lastUsedAt: Date

  init(_ device: DeviceSummary, isCurrent: Bool) {
    id = device.id.description
    current = isCurrent
    userAgent = device.userAgent
    network = device.network
    createdAt = device.createdAt
    lastUsedAt = device.lastUsedAt
  }

  enum CodingKeys: String, CodingKey {
    case id, current, network, userAgent = "user_agent", createdAt = "created_at", lastUsedAt = "last_used_at"
  }
}
