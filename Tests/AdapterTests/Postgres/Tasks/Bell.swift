import PostgresDriver

/// Counts the notifications of a channel.
actor Bell {
  private(set) var isListening = false
  private(set) var rings = 0

  func hear(_ note: PostgresNotification) {
    switch note {
    case .listening: isListening = true
    case .message: rings += 1
    }
  }
}
