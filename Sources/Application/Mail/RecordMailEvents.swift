import Domain

/// Why a report of the mail provider is not recorded.
public enum RecordMailEventsError: StableError {
  /// The store cannot be reached. The provider should send the report again.
  case unavailable

  public var code: String {
    switch self {
    case .unavailable: "mail_unavailable"
    }
  }
}

/// Records the addresses that the mail provider reports as undeliverable. An event may come several times.
public struct RecordMailEvents: Sendable {
  private let addresses: any UndeliverableAddressRepository

  public init(addresses: any UndeliverableAddressRepository) { self.addresses = addresses }

  /// - Returns: how many of the events made an address undeliverable.
  @discardableResult
  public func callAsFunction(_ events: [MailDeliveryEvent]) async throws(RecordMailEventsError) -> Int {
    var recorded = 0
    for event in events {
      guard let cause = event.undeliverable else { continue }
      do {
        try await addresses.add(event.address, because: cause)
      } catch {
        // The provider repeats the whole report.
        throw .unavailable
      }
      recorded += 1
    }
    return recorded
  }
}
