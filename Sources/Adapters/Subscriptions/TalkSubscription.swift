import Application
import Domain
import FoundationEssentials

/// One subscription to a talk: what was delivered, and what is delivered next.
struct TalkSubscription {
  /// How often a client that does not send beats receives the remaining time.
  static let pace: TimeInterval = 5
  /// How often a silent subscription receives a sign that the connection works.
  static let quiet: TimeInterval = 15
  /// How long a subscription waits for the care plan, and for another result of one that has failed.
  static let patience: TimeInterval = 600

  let request: TalkSubscriptionRequest
  private let inbox: TalkSubscriptionBuffer
  /// The version of the last change that was delivered; nil until the talk's state is known.
  private var version: Int64?
  /// The newest version that a read of the store has delivered.
  private var looked: Int64 = 0
  private var owesLook = false
  private var early: [TalkUpdate] = []
  private var hasEnded = false
  /// The care plan's status that was delivered.
  private var carePlan: String?
  private var leaveAt: Date?
  private var lookAt: Date
  private var toldAt: Date
  private(set) var isOver = false

  init(_ request: TalkSubscriptionRequest, inbox: TalkSubscriptionBuffer, at now: Date) {
    self.request = request
    self.inbox = inbox
    lookAt = now + Self.pace
    toldAt = now
  }

  var hasBegun: Bool { version != nil }

  mutating func begin(with found: TalkUpdate, at now: Date) {
    guard version == nil else { return }
    show(found, at: now)
    for change in early { hear(change, at: now) }
    early = []
  }

  /// Delivers a change once, even if several messages report it. A store that has lost its last second of writes uses
  /// some versions again, so the end and the care plan are delivered with any version.
  mutating func hear(_ change: TalkUpdate, at now: Date) {
    guard let version else { return early.append(change) }
    if change.kind == .carePlan { return tellPlan(change, at: now) }
    guard change.version > version || (change.kind == .ended && !hasEnded) else { return }
    self.version = max(version, change.version)
    tell(.change(change), at: now)
    if change.kind == .ended { end(at: now) }
  }

  /// Delivers the state found in the store if it is newer than what was delivered. A client that does not send beats
  /// receives it in any case.
  mutating func refresh(with found: TalkUpdate, at now: Date) {
    guard let version else { return }
    if found.kind == .ended {
      if found.version > version || !hasEnded || found.carePlan != nil { show(found, at: now) }
      return
    }
    let known = max(version, looked)
    guard found.version > known || (request.isSteady && found.version == known) else { return }
    looked = found.version
    // The message about that change may still arrive, and it says what the change was.
    self.version = max(version, found.version - 1)
    tell(.change(found), at: now)
  }

  mutating func lookAgain() { owesLook = true }

  /// - Returns: whether the store must be asked for the talk's state.
  mutating func isDue(at now: Date) -> Bool {
    if let leaveAt, leaveAt <= now { end(with: nil) }
    if let expiry = request.expiresAt, expiry <= now { end(with: .revoked) }
    guard version != nil, !isOver else { return false }
    if owesLook {
      owesLook = false
      return true
    }
    guard request.isSteady else { return false }
    if now.timeIntervalSince(toldAt) >= Self.quiet { tell(.quiet, at: now) }
    guard !hasEnded, lookAt <= now else { return false }
    lookAt = now + Self.pace
    return true
  }

  mutating func end(with last: TalkSubscriptionEvent?) {
    if isOver { return }
    if let last { inbox.tell(last) }
    inbox.finish()
    isOver = true
  }

  /// Delivers the talk's state. For a talk that is over this includes the care plan, which is always the last change.
  private mutating func show(_ found: TalkUpdate, at now: Date) {
    version = max(version ?? found.version, found.version)
    let plan = found.kind == .ended ? found.carePlan : nil
    if !hasEnded { tell(.change(plan == nil ? found : found.beforePlan), at: now) }
    if found.kind == .ended { end(at: now) }
    if plan != nil { tellPlan(found.plan, at: now) }
  }

  /// Delivers a result of the care plan once. It is the last event, unless the plan has failed: an operator's retry can
  /// make it, and then it is delivered too.
  private mutating func tellPlan(_ change: TalkUpdate, at now: Date) {
    guard let status = change.carePlan, CarePlanResult.isNews(status, after: carePlan) else { return }
    carePlan = status
    version = max(version ?? change.version, change.version)
    tell(.change(change), at: now)
    end(at: now)
    if status != CarePlanResult.failed.rawValue { end(with: nil) }
  }

  private mutating func end(at now: Date) {
    if hasEnded { return }
    hasEnded = true
    leaveAt = now + Self.patience
  }

  private mutating func tell(_ event: TalkSubscriptionEvent, at now: Date) {
    toldAt = now
    // A subscription that lags behind has already received that event.
    if !inbox.tell(event) { isOver = true }
  }
}

extension TalkUpdate {
  fileprivate var beforePlan: TalkUpdate { with(.ended, version - 1, carePlan: nil) }
  fileprivate var plan: TalkUpdate { with(.carePlan, version, carePlan: carePlan) }

  private func with(_ kind: Kind, _ version: Int64, carePlan: String?) -> TalkUpdate {
    TalkUpdate(
      kind: kind, version: version, session: session, user: user, state: state, remaining: remaining,
      charged: charged, endReason: endReason, carePlan: carePlan)
  }
}
