import Application
import FoundationEssentials

struct SecurityEventResponse: Encodable {
  let at: Date
  let kind: String
  /// Never a whole address.
  let network: String?
  let device: String?
  let detail: String?

  init(_ event: SecurityEvent) {
    at = event.at
    kind = event.kind
    network = event.network
    device = event.device?.description
    detail = event.detail
  }
}
