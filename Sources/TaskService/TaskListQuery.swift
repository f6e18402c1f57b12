import Domain
import HTTPServing
import Hummingbird

/// The conditions of GET /tasks: those of an operator's action, as parameters of the query.
enum TaskListQuery {
  /// A parameter of another name would make the list longer than was meant, and so would one that comes twice.
  private static let names: Set<String> = [
    "limit", "cursor", "user_id", "type", "state", "error_code", "created_before", "created_after",
  ]

  /// - Throws: 400 for a parameter or a value that is not known.
  static func filter(_ request: Request) throws(Problem) -> TaskFilter {
    let query = request.uri.queryParameters
    var seen: Set<String> = []
    for (name, _) in query {
      guard names.contains(String(name)) else {
        throw .invalidField(String(name.prefix(100)), code: "unknown", "There is no such parameter.")
      }
      guard seen.insert(String(name)).inserted else {
        throw .invalidField(String(name), "The parameter is given once.")
      }
    }
    return try TaskActionRequest.Filter(
      type: query["type"].map { String($0) }, state: query["state"].map { String($0) },
      errorCode: query["error_code"].map { String($0) },
      // A plus that was not escaped arrives as a space.
      createdBefore: query["created_before"].map { String($0).replacing(" ", with: "+") },
      createdAfter: query["created_after"].map { String($0).replacing(" ", with: "+") }
    ).taskFilter("")
  }
}
