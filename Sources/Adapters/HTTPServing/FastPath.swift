import NIOCore
import NIOHTTP1

/// Answers some requests on the event loop of their connection, without a task for each and before the router: those that
/// come thousands of times a second and wait for one thing only.
public protocol FastPath: Sendable {
  /// As the router would name it, for the metrics.
  var route: String { get }
  /// Begins to answer. False, with nothing done, for every request that is to go the ordinary way.
  /// - Parameters:
  ///   - head: of a request without a body.
  ///   - answered: called once, on any thread.
  func begin(_ head: HTTPRequestHead, answered: @escaping @Sendable (FastPathResponse) -> Void) -> Bool
}

public enum FastPathResponse: Sendable {
  /// 200 with a JSON body.
  case json(ByteBuffer)
  /// The edge says what a client hears of it.
  case failure(any Error)
}
