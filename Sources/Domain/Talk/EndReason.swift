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
  /// The agent's side of the call is over: charged to the last beat, since there was no agent to talk with after it.
  case agentEnded = "agent_ended"
  case lost

  /// Whether the time since the last beat is charged when a request ends the talk for this reason.
  public var isChargedToThatMoment: Bool { self != .agentEnded }
}
