import Domain

/// Deletes the plan of the user's own talk. One that is still being written is given up.
public struct DeleteCarePlan: Sendable {
  private let plans: any CarePlanReader
  private let eraser: any CarePlanEraser

  public init(plans: any CarePlanReader, eraser: any CarePlanEraser) {
    self.plans = plans
    self.eraser = eraser
  }

  public func callAsFunction(_ session: SessionID, by user: UserID) async throws(ReadCarePlanError) {
    do {
      guard let summary = try await plans.summary(of: session), summary.userID == user else {
        throw ReadCarePlanError.sessionNotFound
      }
      guard summary.settled else { throw ReadCarePlanError.sessionLive }
      try await eraser.erase(session, of: user)
    } catch let error as ReadCarePlanError {
      throw error
    } catch {
      throw .unavailable
    }
  }
}
