/// Why a talk is over; part of the HTTP contract.
public enum EndReason: String, Sendable, Codable, CaseIterable {
  case user, gap, exhausted
  case maxDuration = "max_duration"
  case neverConnected = "never_connected"
  case `operator`
  case takenOver = "taken_over"
  case frozen
  case accountClosed = "account_closed"
  case billingUnavailable = "billing_unavailable"
  case lost
}
