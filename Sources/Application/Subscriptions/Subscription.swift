import Domain
import FoundationEssentials

/// One watcher of a talk: what they know, and what they are told next.
struct Subscription {
  /// How often one hears what remains who does not beat.
  static let pace: TimeInterval = 5
  /// How often one hears that the connection still stands.
  static let quiet: TimeInterval = 15
  /// How long one waits for the care plan.
  static let patience: TimeInterval = 600

  let request: SubscriptionRequest
  private let inbox: SubscriptionBuffer
  /// The last change that they know; nil until it is known how the talk stands.
  private var version: Int64?
  /// The newest change that a look has shown them.
  private var looked: Int64 = 0
  private var owesLook = false
  private var early: [TalkChange] = []
  private var hasEnded = false
  private var leaveAt: Date?
  private var lookAt: Date
  private var toldAt: Date
  private(set) var isOver = false

  init(_ request: SubscriptionRequest, inbox: SubscriptionBuffer, at now: Date) {
    self.request = request
    self.inbox = inbox
    lookAt = now + Self.pace
    toldAt = now
  }

  var hasBegun: Bool { version != nil }

  mutating func begin(with found: TalkChange, at now: Date) {
    guard version == nil else { return }
    show(found, at: now)
    for change in early { hear(change, at: now) }
    early = []
  }

  /// A change comes once, however often it is heard of. A store that has lost its last second counts some numbers again:
  /// the end and what comes after it are told whatever their number is.
  mutating func hear(_ change: TalkChange, at now: Date) {
    guard let version else { return early.append(change) }
    let isLast = (change.kind == .ended && !hasEnded) || change.kind == .carePlan
    guard change.version > version || isLast else { return }
    self.version = max(version, change.version)
    tell(.change(change), at: now)
    if change.kind == .ended { end(at: now) }
    if change.kind == .carePlan { end(with: nil) }
  }

  /// How the talk was found to stand: told where it says something new, and to those who do not beat in any case.
  mutating func refresh(with found: TalkChange, at now: Date) {
    guard let version else { return }
    if found.kind == .ended {
      if found.version > version || !hasEnded || found.carePlan != nil { show(found, at: now) }
      return
    }
    let known = max(version, looked)
    guard found.version > known || (request.isSteady && found.version == known) else { return }
    looked = found.version
    // The change's own word may still be on its way, and says what it was.
    self.version = max(version, found.version - 1)
    tell(.change(found), at: now)
  }

  mutating func lookAgain() { owesLook = true }

  /// - Returns: whether the store is to be asked how the talk stands.
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

  mutating func end(with last: SubscriptionEvent?) {
    if isOver { return }
    if let last { inbox.tell(last) }
    inbox.finish()
    isOver = true
  }

  /// The talk as it is, and of one that is over also its care plan, which is always the last change.
  private mutating func show(_ found: TalkChange, at now: Date) {
    version = found.version
    let plan = found.kind == .ended ? found.carePlan : nil
    if !hasEnded { tell(.change(plan == nil ? found : found.beforePlan), at: now) }
    if found.kind == .ended { end(at: now) }
    if plan != nil {
      tell(.change(found.plan), at: now)
      end(with: nil)
    }
  }

  private mutating func end(at now: Date) {
    if hasEnded { return }
    hasEnded = true
    leaveAt = now + Self.patience
  }

  private mutating func tell(_ event: SubscriptionEvent, at now: Date) {
    toldAt = now
    // One who lags behind has been told so.
    if !inbox.tell(event) { isOver = true }
  }
}

extension TalkChange {
  fileprivate var beforePlan: TalkChange { with(.ended, version - 1, carePlan: nil) }
  fileprivate var plan: TalkChange { with(.carePlan, version, carePlan: carePlan) }

  private func with(_ kind: Kind, _ version: Int64, carePlan: String?) -> TalkChange {
    TalkChange(
      kind: kind, version: version, session: session, user: user, state: state, remaining: remaining,
      charged: charged, endReason: endReason, carePlan: carePlan)
  }
}
