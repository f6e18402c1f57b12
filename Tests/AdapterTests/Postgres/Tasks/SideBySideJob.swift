import Application
import Domain
import Foundation
import Synchronization

/// What a task of the tests with two releases asks for.
struct SideBySideJob: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable, CaseIterable {
    /// Waits until a worker of each release has begun such a job.
    case plain
    /// Fails twice, and then succeeds.
    case twice
    /// As `twice`, where the release before lets the task fail.
    case stubborn
    case broken
    /// Goes on until it is stopped.
    case stopped
    /// Waits until something outside has happened.
    case callback
    /// The worker of the release before is killed in the middle of it.
    case left
    /// Keeps the result of a step, and fails before the next one.
    case stepped
    case ordered
    /// What only this release can do.
    case new
  }

  let kind: Kind
  /// The idempotency key of its effect.
  let key: String

  init(_ kind: Kind, _ number: Int) {
    self.kind = kind
    key = "\(kind.rawValue)-\(number)"
  }

  private struct SecondForm: Codable { let job: SideBySideJob }

  /// Nil if the payload has another form than the newest that is read.
  init?(_ payload: String, newest version: Int) {
    let (decoder, data) = (JSONDecoder(), Data(payload.utf8))
    if let job = try? decoder.decode(Self.self, from: data) {
      self = job
    } else if version > 1, let second = try? decoder.decode(SecondForm.self, from: data) {
      self = second.job
    } else {
      return nil
    }
  }

  func payload(version: Int) throws -> String {
    let encoder = JSONEncoder()
    let data = version > 1 ? try encoder.encode(SecondForm(job: self)) : try encoder.encode(self)
    return String(decoding: data, as: UTF8.self)
  }
}

/// What the handlers of both releases have done outside the database, and what they wait for there.
final class SideBySideWork: Sendable {
  enum Release: Sendable { case before, this }

  struct Run: Sendable {
    let job: SideBySideJob
    let release: Release
  }

  private struct State {
    var begun: [Run] = []
    var effects: [Run] = []
    var steps: [String] = []
    var happened: Set<String> = []
    var misread = 0
  }

  private let state = Mutex(State())

  /// Every attempt, in the order of the beginnings.
  var begun: [Run] { state.withLock(\.begun) }
  /// Every time that an effect was asked for, in this order. The key keeps it from happening twice.
  var effects: [Run] { state.withLock(\.effects) }
  /// The keys of the jobs whose first step was done, in this order.
  var steps: [String] { state.withLock(\.steps) }
  /// How many payloads a handler could not read.
  var misread: Int { state.withLock(\.misread) }

  func happen(_ key: String) { state.withLock { _ = $0.happened.insert(key) } }

  fileprivate func hasHappened(_ key: String) -> Bool { state.withLock { $0.happened.contains(key) } }
  fileprivate func misreads() { state.withLock { $0.misread += 1 } }
  fileprivate func doStep(_ key: String) { state.withLock { $0.steps.append(key) } }
  fileprivate func act(_ run: Run) { state.withLock { $0.effects.append(run) } }

  /// - Returns: how many attempts at the job there were before.
  fileprivate func begin(_ run: Run) -> Int {
    state.withLock { state in
      defer { state.begun.append(run) }
      return state.begun.count { $0.job == run.job }
    }
  }

  fileprivate var isSharedPlainly: Bool {
    state.withLock { state in
      let plain = state.begun.filter { $0.job.kind == .plain }
      return plain.contains { $0.release == .before } && plain.contains { $0.release == .this }
    }
  }
}

/// A handler of one of the two releases.
struct SideBySideHandler: TaskHandler {
  let type: TaskType
  let versions: ClosedRange<Int>
  let release: SideBySideWork.Release
  let work: SideBySideWork
  let steps: any TaskStepStore

  private static let look = Duration.milliseconds(10)

  func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let job = SideBySideJob(task.payload, newest: versions.upperBound) else {
      work.misreads()
      return .failed(code: "malformed_payload")
    }
    let run = SideBySideWork.Run(job: job, release: release)
    let before = work.begin(run)
    do {
      if let outcome = try await outcome(job, task, before) { return outcome }
    } catch {
      return .retry(code: "interrupted", after: .zero)
    }
    work.act(run)
    return .completed
  }

  /// Nil if it is the time for the effect.
  private func outcome(_ job: SideBySideJob, _ task: ClaimedTask, _ before: Int) async throws -> TaskOutcome? {
    switch job.kind {
    case .ordered, .new: break
    case .plain: while !work.isSharedPlainly { try await Task.sleep(for: Self.look) }
    case .twice, .stubborn: if before < 2 { return .retry(code: "provider_down", after: .zero) }
    case .broken: return .failed(code: "broken")
    case .stopped:
      while !work.hasHappened(job.key) { try await Task.sleep(for: Self.look) }
      return .waiting(for: .zero)
    case .callback: if !work.hasHappened(job.key) { return wait }
    case .left: if release == .before { try await Task.sleep(for: .seconds(600)) }
    case .stepped: if release == .this { return try await step(job, task) }
    }
    return nil
  }

  /// The release before looks again and again.
  private var wait: TaskOutcome {
    switch release {
    case .before: .waiting(for: Self.look, because: "not_ready")
    case .this: .waitingForCallback(orFor: .seconds(900), because: "not_ready")
    }
  }

  private func step(_ job: SideBySideJob, _ task: ClaimedTask) async throws -> TaskOutcome? {
    if try await steps.steps(of: task.id)["one"] != nil { return nil }
    work.doStep(job.key)
    _ = try await steps.keep("1", as: "one", of: task.claim)
    return .retry(code: "provider_down", after: .zero)
  }
}
