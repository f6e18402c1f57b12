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
  /// The agent's side of the call is over: charged to the last beat, since nobody was talked with after it.
  case agentEnded = "agent_ended"
  case lost

  /// Whether what passed since the last beat is charged when somebody brings the end about.
  public var isChargedToThatMoment: Bool { self != .agentEnded }
}
