import NIOCore
import NIOHTTP1

/// Answers some requests on the event loop of their connection, before the router and without a task for each. These
/// requests come thousands of times a second and wait for one thing only.
public protocol FastPath: Sendable {
  /// The route's name for the metrics, as the router would give it.
  var route: String { get }
  /// Begins to answer the request. Returns false without an effect for every request that must take the usual way.
  /// - Parameters:
  ///   - head: the head of a request without a body.
  ///   - answered: called once, on any thread.
  func begin(_ head: HTTPRequestHead, answered: @escaping @Sendable (FastPathResponse) -> Void) -> Bool
}

public enum FastPathResponse: Sendable {
  /// 200 with a JSON body.
  case json(ByteBuffer)
  /// The edge decides what the client receives for the error.
  case failure(any Error)
}
