import Application
import Domain
import HTTPServing

extension ProblemTable {
  /// The problem that a client of /tasks receives for each error.
  static let tasks = ProblemTable.edge
    .adding(TaskError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now.")
      case .notFound: .notFound("There is no such task.")
      case .stateForbids: .conflict("The state of the task forbids it.")
      case .invalidReason:
        .invalidField("reason", "A reason has 1 to \(Reason.longest) characters and no control characters.")
      case .emptyFilter: .invalidField("filter", code: "empty", "The filter needs at least one condition.")
      case .noTime: .invalidField("filter.created_before", "The end comes after the beginning.")
      case .unknownType:
        .invalidField("filter.type", code: "unknown", "There is no such type, and no task of it for this action.")
      case .noListTime: .invalidField("created_before", "The end comes after the beginning.")
      case .unknownListType: .invalidField("type", code: "unknown", "There is no such type, and no task of it.")
      }
    }
    .adding(ReadCarePlanError.self) { error in
      switch error {
      case .sessionNotFound: .notFound("There is no such talk.")
      case .sessionLive: .conflict("The talk goes on, or is not settled yet.", retryAfter: 5)
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    .adding(StreamAdministrationError.self) { error in
      switch error {
      case .letterNotFound: .notFound("There is no such dead letter.")
      case .eventNotFound: .notFound("There is no such event, or it has not been published.")
      case .tooManyEvents:
        .invalidField("until", code: "too_many", "A replay has at most \(ReplayEvents.most) events.")
      case .unknownType:
        .invalidField("type", code: "unknown", "There is no such type, and no event of it in this time.")
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    .adding(MailjetWebhookError.self) { error in
      switch error {
      case .invalidCredentials:
        .unauthorized("The credentials are not the ones of this webhook.", challenge: .basic)
      }
    }
    .adding(RecordMailEventsError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    .adding(AggregateHealthError.self) { error in
      switch error {
      case .missing(let services):
        .refused(.serviceUnavailable, "Not every service answers.", members: ["missing": .list(services)])
      }
    }
}
